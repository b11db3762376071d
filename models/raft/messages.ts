/** What clients and servers of the replicated store tell each other, beside the messages of the consensus. */
import type { NodeId } from '../../framework/index.js';
import type { ConsensusMessage } from '../consensus/index.js';
import type { KeyValueOperation } from '../specs/key-value.js';

export type Operation = Extract<KeyValueOperation, { kind: 'get' | 'put' | 'append' }>;
export type Update = Extract<Operation, { kind: 'put' | 'append' }>;
export type Value = string | number | boolean | null;

/** What the log holds: an update, with what tells it from all others (§8: serial numbers, one after the other a client). */
export interface Command {
  /** One life of a client. */
  readonly session: string;
  readonly serial: number;
  /** Who is to be answered. */
  readonly client: NodeId;
  readonly update: Update;
}

export type Message =
  | ConsensusMessage<Command>
  | { readonly kind: 'request'; readonly session: string; readonly serial: number; readonly operation: Operation }
  | { readonly kind: 'reply'; readonly session: string; readonly serial: number; readonly result: Value }
  /** Not the leader; that is `leader`, as far as is known here. */
  | { readonly kind: 'redirect'; readonly session: string; readonly serial: number; readonly leader: NodeId | null };
