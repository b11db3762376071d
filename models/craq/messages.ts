/** What clients, replicas and the coordinator tell each other. Messages between replicas count in one configuration only. */
import type { NodeId } from '../../framework/index.js';
import type { VersionedOperation, VersionedValue } from '../specs/versioned-key-value.js';
import type { Configuration } from './configuration.js';
import type { Commit, CraqObject, Version } from './objects.js';

export type CraqOperation = VersionedOperation;
export type Update = Exclude<CraqOperation, { readonly kind: 'get' }>;

/** Who asks: a process numbers its requests, and a retry has the number of the first attempt. */
export interface RequestId {
  readonly process: number;
  readonly request: number;
}

export type ClientMessage =
  | { readonly kind: 'read'; readonly id: RequestId; readonly key: string }
  | { readonly kind: 'write'; readonly id: RequestId; readonly update: Update }
  | { readonly kind: 'value'; readonly id: RequestId; readonly result: VersionedValue }
  /** The update took effect, or was a test-and-set that did not find its version and never will. */
  | { readonly kind: 'done'; readonly id: RequestId; readonly took: boolean }
  /** A test-and-set while another version is under way: ask again. */
  | { readonly kind: 'busy'; readonly id: RequestId }
  | { readonly kind: 'lookup' }
  | {
      readonly kind: 'chain';
      readonly number: number;
      readonly servers: readonly NodeId[];
      readonly readable: readonly NodeId[];
    };

/** Between replicas, within the configuration `number`. */
export type ChainMessage =
  /** Down the chain. */
  | {
      readonly kind: 'forward';
      readonly number: number;
      readonly writes: readonly { readonly key: string; readonly version: Version }[];
    }
  /** Up the chain: what the tail has committed. */
  | { readonly kind: 'ack'; readonly number: number; readonly commits: readonly Commit[] }
  /** To the tail, and back: which version of `key` is committed. */
  | { readonly kind: 'version-query'; readonly number: number; readonly key: string; readonly asker: Asker }
  | {
      readonly kind: 'version-answer';
      readonly number: number;
      readonly key: string;
      readonly asker: Asker;
      readonly version: number;
    }
  /** From one that joins, to its neighbours; and what each of them has: forward and back propagation (§5.3). */
  | { readonly kind: 'fetch'; readonly number: number }
  | { readonly kind: 'propagate'; readonly number: number; readonly objects: readonly CraqObject[] };

/** Whose read waits for a version query. */
export interface Asker {
  readonly client: NodeId;
  readonly id: RequestId;
}

/** Between replicas and the coordinator. `boot` tells a server's lives apart. */
export type CoordinatorMessage =
  | {
      readonly kind: 'heartbeat';
      readonly boot: number;
      readonly sentAt: number;
      /** The configuration that the sender has adopted, and whether it has all that one of its members must have. */
      readonly number: number;
      readonly synced: boolean;
    }
  | { readonly kind: 'lease'; readonly boot: number; readonly sentAt: number }
  | { readonly kind: 'configure'; readonly boot: number; readonly configuration: Configuration };

export type Message = ClientMessage | ChainMessage | CoordinatorMessage;

export const COORDINATOR = 'coordinator';
