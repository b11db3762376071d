/** What the members of a group agree on, one command after the other, and what it is about. */
import type { NodeId } from '../../framework/index.js';
import type { KeyValueOperation } from '../specs/key-value.js';
import type { GroupName } from './configuration.js';

export type Operation = Extract<KeyValueOperation, { kind: 'get' | 'put' | 'append' | 'cas' }>;

/** A request has its client's session and number, by which a retry is recognised wherever the slot has gone. */
export interface Request {
  readonly session: string;
  readonly n: number;
  readonly slot: number;
  /** The slot's epoch in the map of the client. */
  readonly epoch: number;
  readonly operation: Operation;
}

export type Value = string | number | boolean | null;

export interface Item {
  readonly key: string;
  readonly value: Value;
  /** How many updates the slot had seen with this one: a later value of a key has a higher version. */
  readonly version: number;
}

/** The latest request of a client, which is sequential: an earlier one is a late duplicate. */
export interface Session {
  readonly n: number;
  readonly result: unknown;
}

/**
 * `absent`: never been here. `receiving`: copies arrive. `serving`: it is owned. `frozen`: given away, and not known to have
 * arrived. `released`: given away.
 */
export type Phase = 'absent' | 'receiving' | 'serving' | 'frozen' | 'released';

interface OfSlot {
  readonly slot: number;
  readonly epoch: number;
}

/** `epoch` is the one that begins with the migration, but in `execute` the one that the client knows. */
export type Command =
  | { readonly kind: 'execute'; readonly client: NodeId; readonly request: Request }
  | (OfSlot & { readonly kind: 'begin'; readonly to: GroupName })
  | (OfSlot & { readonly kind: 'copied'; readonly key: string; readonly version: number })
  | (OfSlot & { readonly kind: 'freeze' })
  | (OfSlot & { readonly kind: 'release' })
  | (OfSlot & { readonly kind: 'install'; readonly source: GroupName; readonly item: Item })
  | (OfSlot & {
      readonly kind: 'activate';
      readonly source: GroupName;
      readonly rest: readonly Item[];
      readonly sessions: Readonly<Record<string, Session>>;
      readonly updates: number;
    });
