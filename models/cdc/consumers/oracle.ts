/**
 * What consumers should have made of what was committed, worked out from the database's log alone and by other means: this
 * file shares no code with what decodes the log, publishes it, reads records, or keeps sinks.
 */
import type { LogRecord } from '../database/log.js';
import type { OrderEvent } from './envelope.js';
import type { Row } from './messages.js';
import type { TableName } from './tables.js';

type RowChange = Extract<LogRecord, { kind: 'change' }>['changes'][number];

/** A committed transaction, with its changes in their order. */
export interface Committed {
  readonly txId: number;
  readonly changes: readonly { readonly lsn: number; readonly change: RowChange }[];
}

/** The transactions of a log, in the order of their commits. */
export function committedIn(log: readonly LogRecord[]): Committed[] {
  const written = new Map<number, Committed['changes']>();
  return log.flatMap((record): Committed[] => {
    const { xid, lsn } = record;
    const changes = written.get(xid) ?? [];
    if (record.kind === 'commit') return [{ txId: xid, changes }];
    written.set(xid, [...changes, ...record.changes.map((change) => ({ lsn, change }))]);
    return [];
  });
}

/** An event that must have been published: one for each change of a row, two for a key change. */
export interface Expected {
  readonly identity: string;
  readonly op: 'c' | 'u' | 'd';
  readonly key: string;
  readonly before: Row | null;
  readonly after: Row | null;
  readonly lsn: number;
  readonly movedTo: string | null;
  readonly movedFrom: string | null;
}

function expectedOf(lsn: number, change: RowChange): Omit<Expected, 'identity'>[] {
  const { key, oldKey } = change;
  const [before, after] = [change.before as Row | null, change.after as Row | null];
  if (oldKey === null) {
    const op = after === null ? 'd' : before === null ? 'c' : 'u';
    return [{ op, key, before, after, lsn, movedTo: null, movedFrom: null }];
  }
  return [
    { op: 'd', key: oldKey, before, after: null, lsn, movedTo: key, movedFrom: null },
    { op: 'c', key, before: null, after, lsn, movedTo: null, movedFrom: oldKey },
  ];
}

/** The connector writes signals of its own, which are not published. */
const PUBLISHED: readonly string[] = ['orders', 'customers'] satisfies TableName[];

/** The events of a table, in the order of commits. They are numbered through each transaction, whatever their table. */
export function expectedChanges(log: readonly Committed[], table: TableName): Expected[] {
  return log.flatMap(({ txId, changes }) => {
    const all = changes
      .filter(({ change }) => PUBLISHED.includes(change.table))
      .flatMap(({ lsn, change }) => expectedOf(lsn, change).map((one) => ({ table: change.table, one })));
    return all.flatMap(({ table: of, one }, place) =>
      of === table ? [{ ...one, identity: `${txId}:${place + 1}` }] : [],
    );
  });
}

/** The rows of a table after all commits, by key. */
export function finalRows(log: readonly Committed[], table: TableName): Record<string, Row> {
  const last = new Map(expectedChanges(log, table).map(({ key, after }) => [key, after]));
  return Object.fromEntries([...last].flatMap(([key, after]) => (after === null ? [] : [[key, after]])));
}

/** Every version that a key of a table ever had, oldest first. */
export function versionsOf(log: readonly Committed[], table: TableName): ReadonlyMap<string, readonly Expected[]> {
  const versions = new Map<string, Expected[]>();
  for (const expected of expectedChanges(log, table)) {
    const known = versions.get(expected.key);
    if (known === undefined) versions.set(expected.key, [expected]);
    else known.push(expected);
  }
  return versions;
}

const BECOMES: Readonly<Record<Row['status'], OrderEvent['type']>> = {
  placed: 'OrderPlaced',
  paid: 'OrderPaid',
  shipped: 'OrderShipped',
};

/** The events of the domain that all commits together make. */
export function expectedEvents(log: readonly Committed[]): OrderEvent[] {
  return expectedChanges(log, 'orders').flatMap(({ identity: id, key: order, before, after, movedTo, movedFrom }) => {
    if (movedFrom !== null) return [];
    if (after === null) return [{ id, order, type: movedTo === null ? 'OrderCancelled' : 'OrderRenumbered' } as const];
    return before?.status === after.status ? [] : [{ id, order, type: BECOMES[after.status] }];
  });
}
