/** What clients, the source, the consumers and the sinks say to each other; what is said to the log is the log's. */
import type { LogMessage } from '../partitioned-log/index.js';
import type { Position } from './changes.js';
import type { Value } from './envelope.js';
import type { Table } from './nodes.js';

/** A row of the source. */
export interface Row {
  readonly id: string;
  /** Unique in its table, given when the row is created, and kept when its key changes. */
  readonly code: string;
  readonly status: 'placed' | 'paid' | 'shipped';
  /** The number of the last write. */
  readonly n: number;
}

/** One change of a transaction. What finds no row does nothing; a rename does nothing if the new key is taken. */
export type RowChange =
  | { readonly kind: 'put'; readonly table: Table; readonly key: string }
  | { readonly kind: 'remove'; readonly table: Table; readonly key: string }
  | { readonly kind: 'rename'; readonly table: Table; readonly key: string; readonly to: string };

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

/** The right to write to a partition: of a later generation, or a later write of the same. */
export interface Token {
  readonly generation: number;
  readonly write: number;
}

export type SinkMessage =
  | { readonly kind: 'index'; readonly id: string; readonly documents: readonly Document[] }
  | { readonly kind: 'indexed'; readonly id: string }
  | { readonly kind: 'write'; readonly id: string; readonly token: Token; readonly portions: readonly Portion[] }
  | { readonly kind: 'written'; readonly id: string };

export type SourceMessage =
  | { readonly kind: 'transact'; readonly id: string; readonly n: number; readonly changes: readonly RowChange[] }
  | { readonly kind: 'transacted'; readonly id: string }
  | { readonly kind: 'readRow'; readonly table: Table; readonly key: string }
  /** The row as it is committed, with the position of the last change of its key. */
  | { readonly kind: 'rowRead'; readonly key: string; readonly row: Row | null; readonly version: Position };

export type CacheMessage =
  | { readonly kind: 'lookup'; readonly id: string; readonly key: string }
  | { readonly kind: 'found'; readonly id: string; readonly row: Row | null };

export type Message = LogMessage<Value> | SinkMessage | SourceMessage | CacheMessage;

/** What clients ask for. `n` numbers the operations of a plan. */
export type Operation =
  | { readonly kind: 'transact'; readonly changes: readonly RowChange[]; readonly n: number }
  /** A customer, through the cache: as old as that is. */
  | { readonly kind: 'lookup'; readonly key: string }
  /** The administrator gives orders more partitions, or deletes the topic of customers and creates it anew. */
  | { readonly kind: 'grow'; readonly partitions: number }
  | { readonly kind: 'recreate' };
