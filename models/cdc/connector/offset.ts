/**
 * An offset: what the connector has to know to go on after a crash, stored with the position of the last record that the
 * sink has (Debezium: PostgresOffsetContext, with its names). The transaction's counts are part of it, because a transaction
 * may be resumed in the middle; and so is how far an incremental snapshot is.
 */
import type { Decoded } from '../messages.js';

/** The transaction in which the offset lies: its events so far, in all and by table. */
export interface TransactionProgress {
  readonly id: string;
  readonly total: number;
  readonly collections: Readonly<Record<string, number>>;
}

export interface IncrementalProgress {
  /** The tables to be read; the first one is being read. */
  readonly tables: readonly string[];
  /** The key up to which the first table has been emitted. */
  readonly lastKey: string | null;
  /** By table, the id of the topic that has its rows, or is being given them. */
  readonly filled: Readonly<Record<string, number>>;
}

export interface Offset {
  readonly ts_usec: number;
  readonly txId: number | null;
  /** Of the last message processed. */
  readonly lsn: number;
  /**
   * Up to which position everything is processed, which the slot may be told. It moves between transactions only, and never back:
   * inside one, positions may lie before what was told already.
   */
  readonly lsn_proc: number;
  /** The end of the last commit processed: the only positions that are ordered across transactions. */
  readonly lsn_commit: number;
  /** What the message at `lsn` was; null if there was none yet. */
  readonly messageType: Decoded['op'] | null;
  /** How many changes at `lsn` have been processed: several may share it. */
  readonly lsn_events_processed: number;
  /** Present until the initial snapshot is complete. */
  readonly snapshot: 'INITIAL' | null;
  readonly snapshot_completed: boolean;
  readonly transaction: TransactionProgress | null;
  readonly incremental: IncrementalProgress;
}

/** Where a connector begins that has no offset: at a position between transactions. */
export const freshOffset = (
  position: number,
  { needsSnapshot, filled }: { readonly needsSnapshot: boolean } & Pick<IncrementalProgress, 'filled'>,
): Offset => ({
  ts_usec: 0,
  txId: null,
  lsn: position,
  lsn_proc: position,
  lsn_commit: position,
  messageType: null,
  lsn_events_processed: 0,
  snapshot: needsSnapshot ? 'INITIAL' : null,
  snapshot_completed: !needsSnapshot,
  transaction: null,
  incremental: { tables: [], lastKey: null, filled },
});

/** The offset after `message`. */
export function advanced(offset: Offset, message: Decoded): Offset {
  const { op, lsn, xid, at } = message;
  const isChange = op !== 'BEGIN' && op !== 'COMMIT';
  const isSamePosition = isChange && offset.lsn === lsn && offset.txId === xid;
  return {
    ...offset,
    ts_usec: at * 1_000,
    txId: xid,
    lsn,
    lsn_proc: op === 'COMMIT' ? lsn : offset.lsn_proc,
    lsn_commit: op === 'COMMIT' ? lsn : offset.lsn_commit,
    messageType: op,
    lsn_events_processed: isChange ? (isSamePosition ? offset.lsn_events_processed : 0) + 1 : 0,
  };
}

/**
 * The offset when the log is known to have nothing for us up to `position`. Only between transactions. The last commit stays,
 * or events that come again would not be the same: it is in their `source.sequence`.
 */
export const passed = (offset: Offset, position: number): Offset => ({ ...offset, lsn_proc: position });
