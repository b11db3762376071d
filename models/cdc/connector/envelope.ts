/** Records as Debezium's PostgreSQL connector writes them: keys, envelopes, headers, the transaction topic, heartbeats. */
import type { DecodedChange } from '../messages.js';
import {
  HEARTBEAT_TOPIC,
  PREFIX,
  SCHEMA,
  tableOf,
  topicOf,
  TRANSACTION_TOPIC,
  type Row,
  type Schema,
  type Table,
} from '../schema.js';
import type { Offset, TransactionProgress } from './offset.js';

/** `source.snapshot`. */
export type SnapshotMarker =
  'true' | 'first' | 'first_in_data_collection' | 'last_in_data_collection' | 'last' | 'false' | 'incremental';

export interface Source {
  readonly version: string;
  readonly connector: 'postgresql';
  readonly name: string;
  /** When the change was committed, by the database's clock; of a row of a snapshot, when it was read. */
  readonly ts_ms: number;
  readonly snapshot: SnapshotMarker;
  readonly db: string;
  /** JSON: the last commit before, and this position; as text, either may be null. */
  readonly sequence: string;
  readonly ts_us: number;
  readonly ts_ns: number;
  readonly schema: string;
  readonly table: string;
  readonly txId: number | null;
  readonly lsn: number | null;
  readonly xmin: null;
}

export interface TransactionBlock {
  readonly id: string;
  readonly total_order: number;
  readonly data_collection_order: number;
}

export interface Envelope {
  readonly before: Row | null;
  readonly after: Row | null;
  readonly source: Source;
  readonly transaction: TransactionBlock | null;
  readonly op: 'c' | 'u' | 'd' | 'r' | 't';
  /** When the connector processed it, by its own clock. */
  readonly ts_ms: number;
  readonly ts_us: number;
  readonly ts_ns: number;
}

export interface TransactionRecord {
  readonly status: 'BEGIN' | 'END';
  readonly id: string;
  readonly ts_ms: number;
  readonly event_count: number | null;
  readonly data_collections: readonly { readonly data_collection: string; readonly event_count: number }[] | null;
}

export interface Heartbeat {
  readonly ts_ms: number;
}

export type TopicValue = Envelope | TransactionRecord | Heartbeat;

/** A record on its way to a topic. The key is JSON; null without a primary key, and for a truncation. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: string | null;
  readonly value: TopicValue | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** What stands for a large value that was not changed and is not in the log (`unavailable.value.placeholder`). */
export const PLACEHOLDER = '__debezium_unavailable_value';
export const NEW_KEY_HEADER = '__debezium.newkey';
export const OLD_KEY_HEADER = '__debezium.oldkey';

const VERSION = '3.3.0.Final';

export const collectionOf = (table: string): string => `${SCHEMA}.${table}`;

/** The key of a row's record. */
export function keyOf({ key }: Table, row: Row | null): string | null {
  return key === null || row === null ? null : JSON.stringify({ [key]: row[key] ?? null });
}

/** All columns of a table: those of which the log says nothing are null in the old row, and the placeholder in the new one. */
export function completed({ columns, large }: Table, row: Row | null, missing: 'old' | 'new'): Row | null {
  if (row === null) return null;
  return Object.fromEntries(
    columns.map((column) => {
      const isUnavailable = missing === 'new' && large.includes(column);
      return [column, row[column] ?? (isUnavailable ? PLACEHOLDER : null)];
    }),
  );
}

const text = (position: number | null): string | null => (position === null ? null : String(position));

export function sourceOf(
  table: string,
  at: number,
  where: {
    readonly snapshot: SnapshotMarker;
    readonly lastCommit: number | null;
    readonly lsn: number | null;
    readonly txId: number | null;
  },
): Source {
  const { snapshot, lastCommit, lsn, txId } = where;
  return {
    version: VERSION,
    connector: 'postgresql',
    name: PREFIX,
    ts_ms: at,
    snapshot,
    db: PREFIX,
    sequence: JSON.stringify([text(lastCommit), text(lsn)]),
    ts_us: at * 1_000,
    ts_ns: at * 1_000_000,
    schema: SCHEMA,
    table,
    txId,
    lsn,
    xmin: null,
  };
}

/** A row that a snapshot has read. */
export function readRecord(schema: Schema, row: Row, source: Source, now: number): OutgoingRecord {
  const { table } = source;
  const value: Envelope = { before: null, after: row, source, transaction: null, op: 'r', ...processedAt(now) };
  return { topic: topicOf(table), key: keyOf(tableOf(schema, table), row), value, headers: {} };
}

const processedAt = (now: number) => {
  const micros = Math.floor(now);
  return { ts_ms: Math.floor(micros / 1_000), ts_us: micros, ts_ns: micros * 1_000 };
};

/** A change before it has its place in the transaction. */
export interface Part {
  readonly op: 'c' | 'u' | 'd' | 't' | 'tombstone';
  readonly key: string | null;
  readonly before: Row | null;
  readonly after: Row | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** What becomes of a change: one event, a deletion with its tombstone, or the three of a new primary key. */
export function partsOf(table: Table, change: DecodedChange): readonly Part[] {
  const before = completed(table, change.before, 'old');
  const after = completed(table, change.after, 'new');
  const [oldKey, newKey] = [keyOf(table, before), keyOf(table, after)];
  const tombstone: Part = { op: 'tombstone', key: oldKey, before: null, after: null, headers: {} };
  switch (change.op) {
    case 'INSERT':
      return [{ op: 'c', key: newKey, before: null, after, headers: {} }];
    case 'UPDATE':
      if (oldKey === null || newKey === null || oldKey === newKey)
        return [{ op: 'u', key: newKey, before, after, headers: {} }];
      return [
        { op: 'd', key: oldKey, before, after: null, headers: { [NEW_KEY_HEADER]: newKey } },
        tombstone,
        { op: 'c', key: newKey, before: null, after, headers: { [OLD_KEY_HEADER]: oldKey } },
      ];
    case 'DELETE':
      return [{ op: 'd', key: oldKey, before, after: null, headers: {} }, tombstone];
    case 'TRUNCATE':
      return [{ op: 't', key: null, before: null, after: null, headers: {} }];
  }
}

/** The record of a part. A tombstone is no event of its transaction. */
export function partRecord(
  table: string,
  { op, key, before, after, headers }: Part,
  place: { readonly source: Source; readonly transaction: TransactionBlock; readonly now: number },
): OutgoingRecord {
  const { source, transaction, now } = place;
  const value: Envelope | null =
    op === 'tombstone' ? null : { before, after, source, transaction, op, ...processedAt(now) };
  return { topic: topicOf(table), key, value, headers };
}

export function transactionRecord(
  status: 'BEGIN' | 'END',
  offset: Offset,
  progress: TransactionProgress,
): OutgoingRecord {
  const id = `${offset.txId ?? 0}:${offset.lsn}`;
  const isEnd = status === 'END';
  const counts = Object.entries(progress.collections);
  const value: TransactionRecord = {
    status,
    id,
    ts_ms: Math.floor(offset.ts_usec / 1_000),
    event_count: isEnd ? progress.total : null,
    data_collections: isEnd
      ? counts.map(([collection, count]) => ({ data_collection: collection, event_count: count }))
      : null,
  };
  return { topic: TRANSACTION_TOPIC, key: JSON.stringify({ id }), value, headers: {} };
}

export const heartbeatRecord = (now: number): OutgoingRecord => ({
  topic: HEARTBEAT_TOPIC,
  key: JSON.stringify({ serverName: PREFIX }),
  value: { ts_ms: Math.floor(now / 1_000) },
  headers: {},
});
