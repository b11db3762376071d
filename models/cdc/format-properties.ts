/** What Debezium's format promises to whoever reads it: chains of row versions, counts of transactions, tombstones, headers. */
import { checkChanges, equal, type ChangeEvent, type CheckResult, type Seen } from '../../framework/index.js';
import { NEW_KEY_HEADER, OLD_KEY_HEADER, type Envelope, type TopicValue } from './connector/envelope.js';
import { eventsOf, recordsOf, transactionsIn, type EventRecord } from './evidence.js';
import { invalid, property, unknown, type Judged } from './judging.js';
import { tablesAt } from './oracle.js';
import type { Row } from './schema.js';
import { CAPTURED, type Captured } from './tables.js';

/** The framework's own checker of change events, given what was there before the stream. */
export const chained = property(
  'before each change is what the change before it left',
  ({ transactions, sink, from }) => {
    const start = tablesAt(transactions, from);
    const seen: Record<string, number> = {};
    for (const [table, key] of [
      ['customers', 'id'],
      ['orders', 'id'],
      ['journal', 'entry'],
    ] as const) {
      const events = sinceEra(
        eventsOf(sink).filter((record) => record.table === table),
        { transactions, from },
      );
      const sample = events[0]?.event;
      if (sample === undefined) continue;
      const baseline = [...start[table].values()].map((row) => asRead(sample, row));
      const result = checkChanges([...baseline, ...events.map(({ event }) => event)].map(asChange), { key: [key] });
      for (const [what, count] of Object.entries(result.seen)) seen[what] = (seen[what] ?? 0) + count;
      if (result.verdict === 'invalid') return { ...result, seen };
    }
    return { verdict: 'valid', seen };
  },
);

/** The events of each partition from the first on that tells something of `from` or later. */
function sinceEra(
  records: readonly EventRecord[],
  { transactions, from }: Pick<Judged, 'transactions' | 'from'>,
): readonly EventRecord[] {
  const committedAt = new Map(transactions.map((one) => [one.xid, one.committedAt]));
  const begun = new Set<number>();
  return records.filter(({ partition, event: { op, source } }) => {
    const at = op === 'r' ? source.lsn : committedAt.get(source.txId ?? 0);
    if ((at ?? -1) >= from) begun.add(partition);
    return begun.has(partition);
  });
}

const asRead = (sample: Envelope, row: Row): Envelope => ({
  ...sample,
  op: 'r',
  before: null,
  after: row,
  transaction: null,
});
const asChange = (event: Envelope): ChangeEvent => event as unknown as ChangeEvent;

export const counted = property(
  'END tells how many events its transaction has, and no transaction is without',
  ({ transactions, sink, from }) => {
    const records = transactionsIn(sink);
    const seen = { transactions: 0, ends: 0 };
    const byXid = new Map(transactions.map((one) => [one.xid, one]));
    const ended = new Set<number>();
    const begun = new Set<number>();
    for (const { status, id, event_count, data_collections } of records) {
      const xid = Number(id.split(':')[0]);
      if (status === 'BEGIN') {
        begun.add(xid);
        continue;
      }
      seen.ends++;
      ended.add(xid);
      const events = byXid.get(xid)?.events ?? [];
      const counts = Object.fromEntries((data_collections ?? []).map((one) => [one.data_collection, one.event_count]));
      const should = Object.fromEntries(
        CAPTURED.flatMap((table) => {
          const count = events.filter((event) => event.table === table).length;
          return count === 0 ? [] : [[`public.${table}`, count]];
        }),
      );
      if (event_count !== events.length || !equal(counts, should))
        return invalid(
          'wrong count',
          `END of transaction ${xid} tells ${event_count ?? 0} events ${JSON.stringify(counts)}; it has ${events.length} ${JSON.stringify(should)}.`,
          seen,
        );
    }
    for (const { xid, committedAt, isStreamed } of transactions) {
      if (committedAt < from || !isStreamed) continue;
      seen.transactions++;
      if (!begun.has(xid) || !ended.has(xid))
        return invalid('transaction without BEGIN or END', `Transaction ${xid} is not in the transaction topic.`, seen);
    }
    return { verdict: 'valid', seen };
  },
);

export const marked = property(
  'each deletion is followed by its tombstone, and a new key is told with the old one',
  ({ transactions, sink, created }) => {
    const seen = { deletions: 0, keyChanges: 0 };
    const committedAt = new Map(transactions.map((one) => [one.xid, one.committedAt]));
    const place = ({ source }: Envelope) => [committedAt.get(source.txId ?? 0) ?? 0, source.lsn ?? 0] as const;
    for (const table of KEYED) {
      const records = recordsOf(sink, table);
      for (const [index, { key, value, headers, partition }] of records.entries()) {
        if (value === null || !('op' in value) || value.op !== 'd') continue;
        // The slot may have been lost between a deletion and what belongs to it.
        if (place(value)[0] < created) continue;
        seen.deletions++;
        if (NEW_KEY_HEADER in headers) seen.keyChanges++;
        const next = records.slice(index + 1).find((one) => one.partition === partition && one.key === key);
        if (next?.value === null || (next !== undefined && isAgain(next.value, place(value), place))) continue;
        return invalid('no tombstone', `The deletion of ${String(key)} in ${table} is followed by no tombstone.`, seen);
      }
    }
    return unpaired(sink, seen, (event) => place(event)[0] >= created);
  },
);

/** Whether `next` is no later than the deletion at `deleted`: the connector has begun again, and the tombstone is to come. */
function isAgain(
  next: TopicValue,
  deleted: readonly [number, number],
  place: (event: Envelope) => readonly [number, number],
): boolean {
  if (!('op' in next)) return false;
  const [commit, lsn] = place(next);
  return next.op === 'r' || commit < deleted[0] || (commit === deleted[0] && lsn <= deleted[1]);
}

/** A new key's creation names the old key, and the deletion of that one names the new key, in the same transaction. */
function unpaired(
  sink: Parameters<typeof recordsOf>[0],
  seen: Seen,
  isOfSlot: (event: Envelope) => boolean,
): CheckResult {
  const told = new Set<string>();
  const pairs: string[] = [];
  for (const { key, event, headers } of eventsOf(sink)) {
    const [oldKey, newKey] = [headers[OLD_KEY_HEADER], headers[NEW_KEY_HEADER]];
    const where = `${event.source.txId ?? 0} ${event.source.lsn ?? 0}`;
    if (event.op === 'd' && newKey !== undefined) told.add(`${where} ${String(key)} ${newKey}`);
    if (event.op === 'c' && oldKey !== undefined && isOfSlot(event)) pairs.push(`${where} ${oldKey} ${String(key)}`);
  }
  const lonely = pairs.find((pair) => !told.has(pair));
  if (lonely === undefined)
    return seen['deletions'] === 0 ? unknown('no row was deleted', seen) : { verdict: 'valid', seen };
  return invalid(
    'half a change of key',
    `A row was created under a new key, but not deleted under the old one: ${lonely}.`,
    seen,
  );
}

const KEYED = ['customers', 'orders'] as const satisfies readonly Captured[];
