/** What clients, the database, the connector and the broker say to one another, and what clients ask for. */
import type { LogMessage } from '../partitioned-log/index.js';
import type { TopicValue } from './connector/envelope.js';
import type { Row } from './schema.js';

export const DATABASE = 'db';
export const CONNECTOR = 'connect';
export const BROKER = 'broker';

/** One statement of a transaction. Rows that are not there are not changed, and no error. */
export type Statement =
  /** Inserts the row, or updates it if it is there. */
  | { readonly kind: 'put'; readonly table: string; readonly id: string }
  | { readonly kind: 'delete'; readonly table: string; readonly id: string }
  /** Changes a primary key, unless there is a row with the new one. */
  | { readonly kind: 'rekey'; readonly table: string; readonly from: string; readonly to: string }
  /** Inserts those rows that are not there: one record of the log, so that all have the same position. */
  | { readonly kind: 'copy'; readonly table: string; readonly ids: readonly string[] }
  | { readonly kind: 'truncate'; readonly table: string }
  /** Inserts a line into a table without a key. */
  | { readonly kind: 'note'; readonly table: string }
  /** Asks for an incremental snapshot. */
  | { readonly kind: 'snapshot'; readonly tables: readonly string[] }
  /** A watermark, written by the connector. */
  | { readonly kind: 'watermark'; readonly window: string; readonly bound: 'open' | 'close' };

/** `n` numbers the transactions of a plan: it is in every value they write. */
export type CdcOperation =
  | { readonly kind: 'transaction'; readonly statements: readonly Statement[]; readonly n: number }
  /** A transaction of one line in the journal, and then waiting for it in the topic. */
  | { readonly kind: 'catch-up'; readonly n: number }
  | { readonly kind: 'read'; readonly table: string };

/** What logical decoding sends, in the manner of pgoutput. */
export type Decoded =
  /** `lsn` is that of the first change. */
  | { readonly op: 'BEGIN'; readonly lsn: number; readonly xid: number; readonly at: number }
  | DecodedChange
  /** `lsn` is the end of the record of the commit: where the next record begins. */
  | { readonly op: 'COMMIT'; readonly lsn: number; readonly xid: number; readonly at: number };

export interface DecodedChange {
  readonly op: 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE';
  /** Of the record in the log; several changes may share it. */
  readonly lsn: number;
  readonly xid: number;
  readonly at: number;
  readonly table: string;
  /** What the replica identity keeps of the old row. */
  readonly before: Row | null;
  /** Without the large columns that were not changed. */
  readonly after: Row | null;
}

/** A row with its key in the table, by which tables are read in order. */
export type KeyedRow = readonly [key: string, row: Row];

export type DatabaseMessage =
  | {
      readonly kind: 'execute';
      readonly id: string;
      readonly n: number;
      readonly statements: readonly Statement[];
    }
  | { readonly kind: 'executed'; readonly id: string }
  | { readonly kind: 'read'; readonly id: string; readonly table: string }
  | { readonly kind: 'table'; readonly id: string; readonly rows: readonly Row[] }
  /** One row, as it is committed. */
  | { readonly kind: 'readRow'; readonly id: string; readonly table: string; readonly key: string }
  | { readonly kind: 'row'; readonly id: string; readonly key: string; readonly row: Row | null }
  /** Creates the replication slot, and exports the snapshot of its consistent point under `id`. */
  | { readonly kind: 'createSlot'; readonly id: string }
  | { readonly kind: 'slotCreated'; readonly id: string; readonly position: number; readonly at: number }
  | { readonly kind: 'slotExists'; readonly id: string; readonly confirmed: number }
  /** Begins a transaction at repeatable read, and reads the position of the log in it. */
  | { readonly kind: 'beginSnapshot'; readonly id: string }
  | { readonly kind: 'snapshotBegun'; readonly id: string; readonly position: number; readonly at: number }
  | {
      readonly kind: 'readRows';
      readonly id: string;
      readonly table: string;
      readonly after: string | null;
    }
  | {
      readonly kind: 'rows';
      readonly id: string;
      readonly table: string;
      readonly after: string | null;
      readonly rows: readonly KeyedRow[];
      readonly isLast: boolean;
    }
  | { readonly kind: 'snapshotLost'; readonly id: string }
  /** Reads a chunk of a table as it is now. */
  | {
      readonly kind: 'readChunk';
      readonly id: string;
      readonly table: string;
      readonly after: string | null;
    }
  | { readonly kind: 'chunk'; readonly id: string; readonly rows: readonly KeyedRow[]; readonly isLast: boolean }
  /** Streams the transactions whose commits are at `from` or later, but none that the slot has confirmed. */
  | { readonly kind: 'startReplication'; readonly session: string; readonly from: number }
  | {
      readonly kind: 'replicationRefused';
      readonly session: string;
      readonly reason: 'the slot does not exist' | 'the log that the slot needs has been removed';
    }
  /** A standby status update: asks for what comes after the first `next` messages; `flushed` confirms the slot. */
  | {
      readonly kind: 'pull';
      readonly session: string;
      readonly next: number;
      readonly flushed: number | null;
    }
  /** `total` messages so far are all there is up to `position` in the log; these come after the first `first`. */
  | {
      readonly kind: 'frames';
      readonly session: string;
      readonly first: number;
      readonly messages: readonly Decoded[];
      readonly total: number;
      readonly position: number;
    }
  | { readonly kind: 'noSession'; readonly session: string };

export type ConnectorMessage =
  /** Asks how the connector is (Kafka Connect: `GET /connectors/…/status`). */
  | { readonly kind: 'status'; readonly id: string }
  | { readonly kind: 'connectorStatus'; readonly id: string; readonly hasFailed: boolean };

export type Message = DatabaseMessage | ConnectorMessage | LogMessage<TopicValue>;
