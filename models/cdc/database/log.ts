/**
 * The write-ahead log: one sequence of records for all transactions, in which those that run at once are interleaved. A
 * position is a number of bytes (an LSN); a record is at the position where it begins, and the next one where it ends.
 */
import type { Row } from '../schema.js';

/** What happened to one row; `t` empties the table. */
export interface RowChange {
  readonly table: string;
  readonly op: 'c' | 'u' | 'd' | 't';
  readonly before: Row | null;
  readonly after: Row | null;
  /** The row's key in the table after the change, or before a deletion. */
  readonly key: string;
  /** For an update of the primary key: what it was. */
  readonly oldKey: string | null;
}

export type LogRecord =
  /** Several changes if one statement inserted several rows at once. */
  | { readonly kind: 'change'; readonly lsn: number; readonly xid: number; readonly changes: readonly RowChange[] }
  /** `request` makes a retry recognisable; `at` is the time of the commit in milliseconds of the database's clock. */
  | {
      readonly kind: 'commit';
      readonly lsn: number;
      readonly xid: number;
      readonly request: string;
      readonly at: number;
    };

/** Where the log begins. */
export const FIRST_LSN = 1_000;

const HEADER_BYTES = 24;
const ROW_BYTES = 40;

export const endOf = (record: LogRecord): number =>
  record.lsn + HEADER_BYTES + (record.kind === 'change' ? ROW_BYTES * record.changes.length : 0);

/** The records that survived, up to the first hole: what follows a record that is missing was never promised. */
export function intactPrefix(records: readonly LogRecord[]): LogRecord[] {
  let end = FIRST_LSN;
  let count = 0;
  for (const record of records) {
    if (record.lsn !== end) break;
    end = endOf(record);
    count++;
  }
  return records.slice(0, count);
}
