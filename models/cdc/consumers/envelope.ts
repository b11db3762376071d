/** Change events as consumers have to take them, whatever release and settings of Debezium's connector they come from. */
import type { StoredRecord } from '../../partitioned-log/index.js';
import type { Heartbeat, TransactionRecord } from '../connector/envelope.js';

/** A row by column. */
export type Columns = Readonly<Record<string, unknown>>;

export interface Envelope {
  readonly op: 'r' | 'c' | 'u' | 'd' | 't' | 'm';
  /** Releases and settings differ in what they leave out: it is as if it were null. */
  readonly before?: Columns | null | undefined;
  readonly after?: Columns | null | undefined;
  readonly source: {
    readonly version: string;
    readonly connector: string;
    readonly name: string;
    /** When the transaction was committed, by the database's clock. */
    readonly ts_ms: number;
    readonly snapshot: string | boolean;
    readonly db: string;
    /** A JSON array in a text: the position of the last commit, and of this change. */
    readonly sequence: string | null;
    readonly schema: string;
    readonly table: string;
    readonly txId: number | null;
    /** Grows within a transaction, and from one change of a key to the next: not from one event to the next. */
    readonly lsn: number | null;
    readonly xmin: number | null;
  };
  /** Its place in its transaction; only with `provide.transaction.metadata`. */
  readonly transaction?:
    { readonly id: string; readonly total_order: number; readonly data_collection_order: number } | null | undefined;
  /** When the event was published. */
  readonly ts_ms: number;
}

/** What is produced when an order changes (the notifier's output). */
export interface OrderEvent {
  readonly id: string;
  readonly type: 'OrderPlaced' | 'OrderPaid' | 'OrderShipped' | 'OrderCancelled' | 'OrderRenumbered';
  readonly order: string;
}

/** What the values of the log are. */
export type Value = Envelope | TransactionRecord | Heartbeat | OrderEvent;

export type StoredChange = StoredRecord<Value>;
