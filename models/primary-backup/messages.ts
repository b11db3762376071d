/** What travels: requests of clients, the replication stream of a primary, and the talk with the monitor. */
import type { NodeId } from '../../framework/index.js';

/** One write in a replica's log. Its index is its place in the log, from 0. */
export interface LogRecord {
  /** The request's id. It is replicated with the write, so that a retry is recognised by every later primary. */
  readonly id: string;
  readonly key: string;
  readonly value: number;
  /** The term of the primary that took the write: with the index, it names the record for good. */
  readonly term: number;
}

/** A run of records of one term: they end before index `end`. A log's epochs tell where it forked from another's. */
export interface Epoch {
  readonly term: number;
  readonly end: number;
}

/** One version of a key, and the place of the record that wrote it. */
export interface Version extends Position {
  readonly id: string;
  readonly value: number;
}

/** The last request of a client that was applied, and the place of its record. */
export interface Session extends Position {
  readonly client: string;
  readonly request: number;
}

/** What the first `applied` records of a log have made, and the epochs of those. */
export interface Store {
  readonly applied: number;
  readonly epochs: readonly Epoch[];
  readonly keys: readonly { readonly key: string; readonly versions: readonly Version[] }[];
  readonly sessions: readonly Session[];
}

/** A moment at which a replica is known to have held every record of the primary of `term`, on that primary's clock. */
export interface Level {
  readonly term: number;
  readonly at: number;
}

/** The place of a record. */
export interface Position {
  readonly term: number;
  readonly index: number;
}

/** What a primary that is not synchronous tells the client together with its acknowledgement. */
export interface Acknowledgement extends Position {
  /** Whether, as far as the primary knows, it alone has the record. */
  readonly alone: boolean;
}

export type Operation =
  | { readonly kind: 'put'; readonly key: string; readonly value: number }
  /** A read at the primary. */
  | { readonly kind: 'get'; readonly key: string }
  /** A read at the replica `at`, whatever its role. */
  | { readonly kind: 'peek'; readonly key: string; readonly at: NodeId };

/** From a client, and back. */
export type ClientMessage =
  | { readonly kind: 'put'; readonly id: string; readonly key: string; readonly value: number }
  | { readonly kind: 'get'; readonly id: string; readonly key: string }
  | { readonly kind: 'peek'; readonly id: string; readonly key: string }
  | { readonly kind: 'done'; readonly id: string; readonly position: Acknowledgement }
  | { readonly kind: 'value'; readonly id: string; readonly value: number | null }
  /** Not served here: `primary` is whom this replica follows, if it knows. */
  | { readonly kind: 'refused'; readonly id: string; readonly primary: NodeId | null };

/** From a primary to a backup, and back. Each names the sender's term: an older one is refused. */
export type ReplicationMessage =
  | {
      readonly kind: 'replicate';
      readonly term: number;
      /** The index of the first of `records`. */
      readonly from: number;
      readonly records: readonly LogRecord[];
      /** How many records the primary knows to be committed. */
      readonly committed: number;
      /** How many records the primary knows that no failover can take back. */
      readonly stable: number;
      /** How many records the primary had on disk when it sent this, and when that was on its clock. */
      readonly held: number;
      readonly sentAt: number;
    }
  /** In place of records that the primary has dropped from its log. */
  | { readonly kind: 'install'; readonly term: number; readonly store: Store }
  /** Cumulative: this backup has the first `length` records on disk. */
  | { readonly kind: 'acked'; readonly term: number; readonly length: number }
  /** Before it takes records of a new primary, or after a restart, a backup asks where their logs part. */
  | { readonly kind: 'join'; readonly term: number; readonly askedAt: number; readonly epochs: readonly Epoch[] }
  | { readonly kind: 'welcome'; readonly term: number; readonly askedAt: number; readonly common: number };

/** Between the monitor and the replicas. */
export type MonitorMessage =
  | { readonly kind: 'beat'; readonly term: number; readonly sentAt: number }
  /** A lease for the primary of `term`, counted from `sentAt` on that primary's clock. */
  | { readonly kind: 'lease'; readonly term: number; readonly sentAt: number }
  /** No primary of an older term is to be obeyed any more. */
  | { readonly kind: 'fence'; readonly term: number }
  | { readonly kind: 'report'; readonly term: number; readonly epochs: readonly Epoch[]; readonly level: Level | null }
  /** `kept`: how many records of its log are the last primary's; the others are to be cut off. */
  | {
      readonly kind: 'promote';
      readonly term: number;
      readonly kept: number;
      readonly inSync: readonly NodeId[];
      readonly version: number;
    }
  /** A primary asks for another in-sync set, as version `version`; the monitor says what the set is. */
  | { readonly kind: 'change'; readonly term: number; readonly version: number; readonly inSync: readonly NodeId[] }
  | { readonly kind: 'changed'; readonly term: number; readonly version: number; readonly inSync: readonly NodeId[] };

export type Message = ClientMessage | ReplicationMessage | MonitorMessage;
