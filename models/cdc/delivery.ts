/** Whether every committed change is in its topic, in order: the walk through each partition beside what the log says. */
import { equal, type Violation } from '../../framework/index.js';
import { PLACEHOLDER } from './connector/envelope.js';
import type { EventRecord } from './evidence.js';
import { eventId, type Expected } from './oracle.js';
import type { Row } from './schema.js';
import { SHOP } from './tables.js';

export interface Delivery {
  readonly violation: Violation | undefined;
  readonly seen: { readonly changes: number; readonly duplicates: number; readonly replays: number };
}

const broken = (rule: string, explanation: string): Violation => ({ rule, explanation, operations: [] });

const identify = ({ table, event, key }: EventRecord): string =>
  eventId({
    xid: event.source.txId ?? 0,
    lsn: event.source.lsn ?? 0,
    table,
    op: event.op,
    key: key === null ? null : String((JSON.parse(key) as Row)['id']),
    entry: event.after?.['entry'],
  });

export const describeEvent = ({ op, table, key, xid, lsn, after }: Expected): string =>
  `${{ c: 'creation', u: 'update', d: 'deletion', t: 'truncation' }[op]} ${key === null ? String(after?.['entry'] ?? '') : `of ${key}`} in ${table} (transaction ${xid}, position ${lsn})`;

/**
 * `expected` in the order of commits; those that commit at `from` or later must be there. In a partition each event follows the
 * one before it in the log, or goes back to an earlier one, from which all come again: then nothing is missing or out of order.
 */
export function checkDeliveredChanges(
  expected: readonly Expected[],
  records: readonly EventRecord[],
  from: number,
): Delivery {
  const seen = { changes: 0, duplicates: 0, replays: 0 };
  const streamed = records.filter(({ event }) => event.op !== 'r');
  const known = new Map(expected.map((event) => [event.id, event]));
  const partitions = new Map<string, { readonly partition: string; readonly records: EventRecord[] }>();
  /** By table and key, where its events are: a key has one partition. */
  const home = new Map<string, string>();
  for (const record of streamed) {
    const event = known.get(identify(record));
    if (event === undefined)
      return {
        seen,
        violation: broken(
          'event that nobody committed',
          `${record.table} has ${JSON.stringify(record.event)}, of which the log knows nothing.`,
        ),
      };
    const wrong = differenceOf(event, record);
    if (wrong !== undefined)
      return { seen, violation: broken('event differs from the log', `The ${describeEvent(event)}: ${wrong}.`) };
    const partition = `${record.table}/${record.partition}`;
    const key = homeKey(event);
    if ((home.get(key) ?? partition) !== partition)
      return {
        seen,
        violation: broken('key in two partitions', `${key} is in ${String(home.get(key))} and in ${partition}.`),
      };
    home.set(key, partition);
    const all = partitions.get(partition) ?? { partition, records: [] };
    all.records.push(record);
    partitions.set(partition, all);
  }
  const required = new Map<string, Expected[]>();
  for (const event of expected) {
    const partition = home.get(homeKey(event));
    if (event.committedAt >= from) {
      seen.changes++;
      if (partition === undefined)
        return {
          seen,
          violation: broken('change missing', `The ${describeEvent(event)} was committed, and is not in the topic.`),
        };
    }
    if (partition !== undefined) required.set(partition, [...(required.get(partition) ?? []), event]);
  }
  for (const { partition, records: delivered } of partitions.values()) {
    const violation = walk(required.get(partition) ?? [], delivered, { from, partition, seen });
    if (violation !== undefined) return { seen, violation };
  }
  return { seen, violation: undefined };
}

const homeKey = ({ table, key }: Expected): string =>
  SHOP.tables[table]?.partitions === 1 ? table : `${table} ${String(key)}`;

function walk(
  order: readonly Expected[],
  delivered: readonly EventRecord[],
  {
    from,
    partition,
    seen,
  }: { readonly from: number; readonly partition: string; readonly seen: { duplicates: number; replays: number } },
): Violation | undefined {
  const places = new Map(order.map(({ id }, place) => [id, place]));
  // What committed before the slot was created may be missing: a snapshot has it.
  const first = order.findIndex(({ committedAt }) => committedAt >= from);
  const begin = first < 0 ? order.length : first;
  let [last, furthest] = [begin - 1, begin - 1];
  for (const record of delivered) {
    const place = places.get(identify(record)) ?? -1;
    if (place > last + 1 && place > begin)
      return gap(order, Math.max(last + 1, begin), { partition, isReplay: place <= furthest });
    if (place <= furthest) seen.duplicates++;
    if (place <= last) seen.replays++;
    last = place;
    furthest = Math.max(furthest, place);
  }
  const next = Math.max(last + 1, begin);
  return next < order.length ? gap(order, next, { partition, isReplay: furthest > last }) : undefined;
}

function gap(
  order: readonly Expected[],
  place: number,
  { partition, isReplay }: { readonly partition: string; readonly isReplay: boolean },
): Violation {
  const event = order[place];
  const what = event === undefined ? 'change' : describeEvent(event);
  return isReplay
    ? broken(
        'replay with a gap',
        `${partition} was sent again from an earlier change on, but the ${what} was left out then.`,
      )
    : broken('change missing', `The ${what} was committed, and is not in ${partition} where it should be.`);
}

/** What an event says other than the log; undefined if it says the same. */
function differenceOf(expected: Expected, { event }: EventRecord): string | undefined {
  const { source } = event;
  const told: readonly [string, unknown, unknown][] = [
    ['before', filled(expected, expected.before, null), event.before],
    ['after', filled(expected, expected.after, PLACEHOLDER), event.after],
    ['source.ts_ms', expected.at, source.ts_ms],
    ['source.snapshot', 'false', source.snapshot],
  ];
  const wrong = told.find(([, should, is]) => !equal(should, is));
  return wrong === undefined
    ? undefined
    : `${wrong[0]} is ${JSON.stringify(wrong[2])} and should be ${JSON.stringify(wrong[1])}`;
}

/** A row with all columns of its table: those that the log leaves out are `instead`. */
function filled({ table }: Expected, row: Row | null, instead: string | null): Row | null {
  if (row === null) return null;
  return Object.fromEntries((SHOP.tables[table]?.columns ?? []).map((column) => [column, row[column] ?? instead]));
}
