/**
 * What consumers should have made of the source's log of commits, worked out from that log alone and by other means: this
 * file shares no code with what publishes the log, reads records, or keeps sinks.
 */
import type { OrderEvent } from './envelope.js';
import type { Row } from './messages.js';
import type { Table } from './nodes.js';
import type { Committed, WalRow } from './transactions.js';

/** An event that the source must have published: one for each change of a row, two for a key change. */
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

const expectedOf = (wal: WalRow): Omit<Expected, 'identity'>[] => {
  const { key, before, after, lsn, movedTo } = wal;
  if (movedTo === null) {
    const op = after === null ? 'd' : before === null ? 'c' : 'u';
    return [{ op, key, before, after, lsn, movedTo: null, movedFrom: null }];
  }
  return [
    { op: 'd', key, before, after: null, lsn, movedTo, movedFrom: null },
    { op: 'c', key: movedTo, before: null, after, lsn, movedTo: null, movedFrom: key },
  ];
};

/** The events of a table, in the order of commits. They are numbered through each transaction, whatever their table. */
export function expectedChanges(log: readonly Committed[], table: Table): Expected[] {
  return log.flatMap(({ txId, rows }) => {
    const all = rows.flatMap((wal) => expectedOf(wal).map((one) => ({ table: wal.table, one })));
    return all.flatMap(({ table: of, one }, place) =>
      of === table ? [{ ...one, identity: `${txId}:${place + 1}` }] : [],
    );
  });
}

/** The rows of a table after all commits, by key. */
export function finalRows(log: readonly Committed[], table: Table): Record<string, Row> {
  const last = new Map(expectedChanges(log, table).map(({ key, after }) => [key, after]));
  return Object.fromEntries([...last].flatMap(([key, after]) => (after === null ? [] : [[key, after]])));
}

/** Every version that a key of a table ever had, oldest first. */
export function versionsOf(log: readonly Committed[], table: Table): ReadonlyMap<string, readonly Expected[]> {
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
