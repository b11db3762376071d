/**
 * The transactions of the source: a row is locked from its change to the commit, changes take their lsn when they are made,
 * and the log of commits is in the order of commits. Transactions overlap, so lsns of one may lie among those of another.
 */
import type { Position } from './changes.js';
import type { Row, RowChange } from './messages.js';
import type { Table } from './nodes.js';

/** A change as the write-ahead log has it. With `movedTo` the row has a new key. */
export interface WalRow {
  readonly lsn: number;
  readonly table: Table;
  readonly key: string;
  readonly before: Row | null;
  readonly after: Row | null;
  readonly movedTo: string | null;
}

/** A committed transaction, as it is on disk. */
export interface Committed {
  readonly txId: number;
  readonly request: string;
  readonly rows: readonly WalRow[];
  readonly commitLsn: number;
  readonly lastCommitLsn: number;
  readonly committedMs: number;
}

export interface Transaction {
  readonly txId: number;
  readonly request: string;
  readonly client: string;
  readonly n: number;
  readonly changes: readonly RowChange[];
  /** How many of the changes were made. */
  made: number;
  rows: WalRow[];
}

export type Tables = Record<Table, Record<string, Row>>;

const locksOf = ({ changes }: Pick<Transaction, 'changes'>): string[] =>
  changes.flatMap((change) => [
    `${change.table}/${change.key}`,
    ...(change.kind === 'rename' ? [`${change.table}/${change.to}`] : []),
  ]);

/** Whether a transaction would have to wait for one that is open. */
export function mustWait(open: readonly Transaction[], changes: readonly RowChange[]): boolean {
  const wanted = new Set(locksOf({ changes }));
  return open.some((other) => locksOf(other).some((lock) => wanted.has(lock)));
}

/** Makes the next change of `transaction`: on the committed tables, and on what it did itself before. */
export function makeChange(tables: Tables, transaction: Transaction, lsn: number): void {
  const change = transaction.changes[transaction.made];
  transaction.made++;
  if (change === undefined) return;
  const { table, key } = change;
  const rowOf = (wanted: string) => current(tables, transaction, table, wanted);
  const before = rowOf(key);
  const wal = { lsn, table, key, before, movedTo: null };
  if (change.kind === 'put') transaction.rows.push({ ...wal, after: changed(before, key, transaction) });
  else if (before === null) return;
  else if (change.kind === 'remove') transaction.rows.push({ ...wal, after: null });
  else if (change.to !== key && rowOf(change.to) === null)
    transaction.rows.push({ ...wal, after: { ...before, id: change.to, n: transaction.n }, movedTo: change.to });
}

const NEXT_STATUS = { placed: 'paid', paid: 'shipped', shipped: 'shipped' } as const;

/** A put creates a row, or takes it one step further. */
function changed(before: Row | null, id: string, { n, made }: Transaction): Row {
  if (before === null) return { id, code: `code${n}.${made}`, status: 'placed', n };
  return { ...before, status: NEXT_STATUS[before.status], n };
}

function current(tables: Tables, { rows }: Transaction, table: Table, key: string): Row | null {
  const own = rows.findLast((row) => row.table === table && (row.key === key || row.movedTo === key));
  if (own === undefined) return tables[table][key] ?? null;
  return own.movedTo === null || own.movedTo === key ? own.after : null;
}

/** Makes a committed transaction part of the tables, and notes where each key was changed last. */
export function applyCommitted(tables: Tables, versions: Record<string, Position>, { rows }: Committed): void {
  let order = 0;
  for (const { table, key, after, movedTo, lsn } of rows) {
    order++;
    versions[`${table}/${key}`] = { lsn, order };
    if (after === null || movedTo !== null) tables[table] = without(tables[table], key);
    if (after === null) continue;
    if (movedTo !== null) {
      order++;
      versions[`${table}/${movedTo}`] = { lsn, order };
    }
    tables[table][after.id] = after;
  }
}

const without = (rows: Record<string, Row>, key: string): Record<string, Row> =>
  Object.fromEntries(Object.entries(rows).filter(([other]) => other !== key));
