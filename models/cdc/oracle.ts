/**
 * What should be in the topics, worked out from the database's log alone. It shares no code with the database or the connector,
 * or a mistake in it would be on both sides and cancel out.
 */
import type { LogRecord } from './database/log.js';
import { oncePer } from './once-per.js';
import type { Row } from './schema.js';
import { CAPTURED, SHOP, type Captured } from './tables.js';

/** An event that a committed transaction should have become. */
export interface Expected {
  /** Tells it apart from all others. */
  readonly id: string;
  readonly table: Captured;
  readonly op: 'c' | 'u' | 'd' | 't';
  /** Of the row that it is about; null for lines of the journal, and for truncations. */
  readonly key: string | null;
  /** Null where the replica identity leaves it out. */
  readonly before: Row | null;
  /** Columns that the log does not have are left out. */
  readonly after: Row | null;
  readonly xid: number;
  readonly lsn: number;
  readonly at: number;
  /** The position of the commit. */
  readonly committedAt: number;
}

export interface ExpectedTransaction {
  readonly xid: number;
  readonly committedAt: number;
  readonly events: readonly Expected[];
  /** Whether the stream has it: a signal counts, a table that is not published does not. */
  readonly isStreamed: boolean;
}

type Change = Extract<LogRecord, { kind: 'change' }>['changes'][number];

const isOf = (table: string): table is Captured => (CAPTURED as readonly string[]).includes(table);

export const eventId = (event: {
  readonly xid: number;
  readonly lsn: number;
  readonly table: string;
  readonly op: string;
  readonly key: string | null;
  readonly entry: string | number | null | undefined;
}): string => [event.xid, event.lsn, event.table, event.op, event.key ?? event.entry ?? ''].join(' ');

/** The committed transactions, in the order of their commits. */
export const transactionsOf = oncePer((log: readonly LogRecord[]): readonly ExpectedTransaction[] => {
  const changes = new Map<number, { readonly lsn: number; readonly change: Change }[]>();
  const transactions: ExpectedTransaction[] = [];
  for (const record of log) {
    const known = changes.get(record.xid) ?? [];
    changes.set(record.xid, known);
    if (record.kind === 'change') for (const change of record.changes) known.push({ lsn: record.lsn, change });
    else {
      const where = { xid: record.xid, at: record.at, committedAt: record.lsn };
      const events = known.flatMap(({ lsn, change }) => eventsOf(change, { ...where, lsn }));
      const isStreamed = known.some(({ change }) => change.table !== 'scratch');
      transactions.push({ xid: record.xid, committedAt: record.lsn, events, isStreamed });
    }
  }
  return transactions;
});

function eventsOf(
  { table, op, before, after }: Change,
  where: Pick<Expected, 'xid' | 'lsn' | 'at' | 'committedAt'>,
): Expected[] {
  if (!isOf(table)) return [];
  const event = (kind: Expected['op'], old: Row | null, now: Row | null): Expected => {
    const row = now ?? old;
    const key = table === 'journal' || row === null ? null : String(row['id']);
    const id = eventId({ ...where, table, op: kind, key, entry: row?.['entry'] });
    return { id, table, op: kind, key, before: old, after: now, ...where };
  };
  if (op === 't') return [event('t', null, null)];
  if (op === 'c') return [event('c', null, after)];
  if (op === 'd') return [event('d', table === 'customers' ? before : { id: before?.['id'] ?? null }, null)];
  // customers have REPLICA IDENTITY FULL, orders DEFAULT with a large column.
  if (table === 'customers') {
    if (before?.['id'] === after?.['id']) return [event('u', before, after)];
    return [event('d', before, null), event('c', null, after)];
  }
  return [event('u', null, { id: after?.['id'] ?? null, item: after?.['item'] ?? null })];
}

export type Contents = Readonly<Record<Captured, ReadonlyMap<string, Row>>>;

/** A row's key among the rows of its table. */
export const rowKey = (table: Captured, row: Row): string => String(table === 'journal' ? row['entry'] : row['id']);

/** The tables as they were after all that committed before `position`. Each position is worked out once for a run. */
export function tablesAt(transactions: readonly ExpectedTransaction[], position: number): Contents {
  const known = positionsOf(transactions);
  const contents = known.get(position) ?? workOut(transactions, position);
  known.set(position, contents);
  return contents;
}

const positionsOf = oncePer<readonly ExpectedTransaction[], Map<number, Contents>>(() => new Map());

function workOut(transactions: readonly ExpectedTransaction[], position: number): Contents {
  const contents = {
    customers: new Map<string, Row>(),
    orders: new Map<string, Row>(),
    journal: new Map<string, Row>(),
  };
  for (const table of CAPTURED)
    for (const row of Object.values(SHOP.seed[table] ?? {})) contents[table].set(rowKey(table, row), row);
  for (const { committedAt, events } of transactions) {
    if (committedAt >= position) break;
    for (const { table, op, before, after } of events) {
      const rows: Map<string, Row> = contents[table];
      if (op === 't') rows.clear();
      else if (after !== null) {
        const key = rowKey(table, after);
        rows.set(key, { ...(op === 'u' ? rows.get(key) : {}), ...after });
      } else if (before !== null) rows.delete(rowKey(table, before));
    }
  }
  return contents;
}
