/** What clients, the consumers and the sinks say to each other; the rest is said to the database, the connector and the log. */
import type { LogMessage } from '../../partitioned-log/index.js';
import type { ConnectorMessage, DatabaseMessage, Statement } from '../messages.js';
import type { Position } from './changes.js';
import type { Value } from './envelope.js';

/** A row of the source. */
export interface Row {
  readonly id: string;
  /** Unique in its table, given when the row is created, and kept when its key changes. */
  readonly code: string;
  readonly status: 'placed' | 'paid' | 'shipped';
  /** The number of the last put. */
  readonly n: number;
}

/** A document for the search index, or its deletion. */
export interface Document {
  readonly key: string;
  readonly row: Row | null;
  /** The external version: what is not newer than what the index has is refused. */
  readonly version: Position;
}

/** What a syncer writes to the table of another service: rows of one partition, in their order. */
export interface Portion {
  readonly partition: number;
  readonly rows: readonly { readonly key: string; readonly row: Row | null }[];
}

/** The right to write to a partition of a topic: of a later generation, or a later write of the same. */
export interface Token {
  readonly topicId: number;
  readonly generation: number;
  readonly write: number;
}

export type SinkMessage =
  | { readonly kind: 'index'; readonly id: string; readonly documents: readonly Document[] }
  | { readonly kind: 'indexed'; readonly id: string }
  | { readonly kind: 'write'; readonly id: string; readonly token: Token; readonly portions: readonly Portion[] }
  | { readonly kind: 'written'; readonly id: string };

export type CacheMessage =
  | { readonly kind: 'lookup'; readonly id: string; readonly key: string }
  | { readonly kind: 'found'; readonly id: string; readonly row: Row | null };

export type Message = DatabaseMessage | ConnectorMessage | LogMessage<Value> | SinkMessage | CacheMessage;

/** What clients ask for. `n` numbers the operations of a plan. */
export type Operation =
  | { readonly kind: 'transaction'; readonly statements: readonly Statement[]; readonly n: number }
  /** A customer, through the cache: as old as that is. */
  | { readonly kind: 'lookup'; readonly key: string }
  /** The administrator gives orders more partitions, or deletes the topic of customers and creates it anew. */
  | { readonly kind: 'grow'; readonly partitions: number }
  | { readonly kind: 'recreate' };
