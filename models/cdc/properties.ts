/** What change data capture promises, judged from the database's log and from the topics as they were in the end. */
import {
  checkChanges,
  equal,
  type ChangeEvent,
  type CheckResult,
  type Property,
  type Seen,
  type Violation,
} from '../../framework/index.js';
import { NEW_KEY_HEADER, OLD_KEY_HEADER, PLACEHOLDER, type Envelope, type TopicValue } from './connector/envelope.js';
import { checkDeliveredChanges, describeEvent } from './delivery.js';
import { eventsOf, evidenceOf, recordsOf, transactionsIn, type Evidence, type Holding } from './evidence.js';
import type { CdcOperation } from './messages.js';
import { rowKey, tablesAt, transactionsOf, type ExpectedTransaction } from './oracle.js';
import { replayed } from './replay.js';
import { CAPTURED, type Captured, type Row } from './tables.js';

type CdcProperty = Property<CdcOperation, Holding>;
type Judged = NonNullable<ReturnType<typeof evidenceOf>> & {
  readonly transactions: readonly ExpectedTransaction[];
  /** The consistent point of the slot: what commits there or later has to be streamed. */
  readonly from: number;
};

const unknown = (reason: string, seen: Seen = {}): CheckResult => ({ verdict: 'unknown', reason, seen });
const invalid = (rule: string, explanation: string, seen: Seen = {}): CheckResult => ({
  verdict: 'invalid',
  violation: { rule, explanation, operations: [] },
  seen,
});

const text = (row: Row | undefined, none: string): string => (row === undefined ? none : JSON.stringify(row));

/** A property of a run in which the connector got as far as to have a slot, and had something to stream before healing. */
function property(name: string, judge: (judged: Judged, run: Evidence) => CheckResult): CdcProperty {
  return {
    name,
    check(run): CheckResult {
      const evidence = evidenceOf(run);
      if (evidence === undefined) return unknown('not all nodes were there to be inspected');
      const { slot, log } = evidence.database;
      if (slot === null) return invalid('no slot', 'The connector has not created its slot, though all had healed.');
      const transactions = transactionsOf(log);
      const result = judge({ ...evidence, transactions, from: slot.created }, run);
      if (result.verdict !== 'valid') return result;
      // One line of the journal is the probe's.
      const events = transactions.filter(({ committedAt }) => committedAt >= slot.created).flatMap((one) => one.events);
      return events.length > 1 ? result : unknown('nothing was committed while there was a slot', result.seen);
    },
  };
}

const whole = property(
  'every committed change is in its topic, in the order of its partition',
  ({ transactions, sink, from }) => {
    const expected = transactions.flatMap(({ events }) => events);
    const { violation, seen } = checkDeliveredChanges(expected, eventsOf(sink), from);
    return violation === undefined ? { verdict: 'valid', seen } : { verdict: 'invalid', violation, seen };
  },
);

const repeatable = property(
  'replaying a topic from its beginning gives the table',
  ({ transactions, sink, capture, from }) => {
    const seen = { rows: 0, placeholders: 0 };
    const [table, start] = [tablesAt(transactions, Infinity), tablesAt(transactions, from)];
    const touched = new Set(
      transactions.flatMap(({ events }) => events.map((event) => `${event.table} ${String(event.key)}`)),
    );
    for (const name of CAPTURED) {
      const [is, has] = [table[name], replayed(sink, name)];
      for (const key of new Set([...is.keys(), ...has.keys()])) {
        const [should, does] = [is.get(key), has.get(key)];
        seen.rows++;
        // Without a snapshot the topic says nothing of rows that have not changed.
        const isUntold = capture.mode === 'no_data' && does === undefined && start[name].has(key);
        if (isUntold && (name === 'journal' || !touched.has(`${name} ${key}`) || equal(should, start[name].get(key))))
          continue;
        if (should !== undefined && does !== undefined && sameRow(should, does, capture.mode === 'no_data')) continue;
        const explanation = `Row ${key} of ${name} is ${text(should, 'not there')}, but its topic leads to ${text(does, 'none')}.`;
        return invalid(
          should === undefined ? 'row that was deleted' : does === undefined ? 'row missing' : 'other row',
          explanation,
          seen,
        );
      }
    }
    seen.placeholders = eventsOf(sink).filter(({ event }) =>
      Object.values(event.after ?? {}).includes(PLACEHOLDER),
    ).length;
    return { verdict: 'valid', seen };
  },
);

/** Whether two rows are the same. Where no snapshot told it, a large value may be unknown. */
const sameRow = (should: Row, is: Row, mayBeUnknown: boolean): boolean =>
  Object.keys(should).every(
    (column) => equal(should[column], is[column]) || (mayBeUnknown && is[column] === PLACEHOLDER),
  );

/** The framework's own checker of change events, given what was there before the stream. */
const chained = property('before each change is what the change before it left', ({ transactions, sink, from }) => {
  const start = tablesAt(transactions, from);
  const seen: Record<string, number> = {};
  for (const [table, key] of [
    ['customers', 'id'],
    ['orders', 'id'],
    ['journal', 'entry'],
  ] as const) {
    const events = eventsOf(sink).filter((record) => record.table === table);
    const sample = events[0]?.event;
    if (sample === undefined) continue;
    const baseline = [...start[table].values()].map((row) => asRead(sample, row));
    const result = checkChanges(
      [...baseline, ...withoutRepeatedTruncations(events.map(({ event }) => event))].map(asChange),
      { key: [key] },
    );
    for (const [what, count] of Object.entries(result.seen)) seen[what] = (seen[what] ?? 0) + count;
    if (result.verdict === 'invalid') return { ...result, seen };
  }
  return { verdict: 'valid', seen };
});

const asRead = (sample: Envelope, row: Row): Envelope => ({
  ...sample,
  op: 'r',
  before: null,
  after: row,
  transaction: null,
});
const asChange = (event: Envelope): ChangeEvent => event as unknown as ChangeEvent;

/** A truncation that comes again, with all that followed it, says nothing new. */
function withoutRepeatedTruncations(events: readonly Envelope[]): Envelope[] {
  const known = new Set<number | null>();
  return events.filter(({ op, source }) => {
    if (op !== 't') return true;
    const isNew = !known.has(source.lsn);
    known.add(source.lsn);
    return isNew;
  });
}

const snapshots = property(
  'a snapshot is the tables as they were at its position',
  ({ transactions, sink, capture }) => {
    const seen = { snapshotRows: 0, snapshots: 0, incrementalRows: 0 };
    const byPosition = new Map<number, { readonly rows: Map<string, Row>; isComplete: boolean }>();
    for (const { table, event } of eventsOf(sink)) {
      const { snapshot, lsn } = event.source;
      if (event.op !== 'r' || event.after === null) continue;
      if (snapshot === 'incremental') seen.incrementalRows++;
      if (snapshot === 'incremental' || lsn === null) continue;
      seen.snapshotRows++;
      const known = byPosition.get(lsn) ?? { rows: new Map<string, Row>(), isComplete: false };
      byPosition.set(lsn, known);
      known.rows.set(`${table} ${rowKey(table, event.after)}`, event.after);
      if (snapshot === 'last') known.isComplete = true;
    }
    let incomplete: string | undefined;
    for (const [position, { rows, isComplete }] of byPosition) {
      const tables = tablesAt(transactions, position);
      const should = new Map<string, Row>(
        CAPTURED.flatMap((table) => [...tables[table]].map(([key, row]) => [`${table} ${key}`, row] as const)),
      );
      const wrong = [...rows].find(([key, row]) => !equal(should.get(key), row));
      if (wrong !== undefined)
        return invalid(
          'row that was not there',
          `The snapshot at ${position} has ${JSON.stringify(wrong[1])} for ${wrong[0]}, where ${text(should.get(wrong[0]), 'nothing')} was.`,
          seen,
        );
      const missing = [...should.keys()].find((key) => !rows.has(key));
      if (isComplete && missing === undefined) seen.snapshots++;
      else incomplete = `The snapshot at ${position} was sent without ${missing ?? 'its end'}.`;
    }
    // A crash may end a snapshot after its last row has arrived in one partition, and before others have in theirs.
    if (seen.snapshots === 0 && capture.mode !== 'no_data')
      return invalid('no snapshot', `No snapshot is complete, though all had healed. ${incomplete ?? ''}`, seen);
    return { verdict: 'valid', seen };
  },
);

const counted = property(
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

const marked = property(
  'each deletion is followed by its tombstone, and a new key is told with the old one',
  ({ transactions, sink }) => {
    const seen = { deletions: 0, keyChanges: 0 };
    const committedAt = new Map(transactions.map((one) => [one.xid, one.committedAt]));
    const place = ({ source }: Envelope) => [committedAt.get(source.txId ?? 0) ?? 0, source.lsn ?? 0] as const;
    for (const table of KEYED) {
      const records = recordsOf(sink, table);
      for (const [index, { key, value, headers, partition }] of records.entries()) {
        if (value === null || !('op' in value) || value.op !== 'd') continue;
        seen.deletions++;
        if (NEW_KEY_HEADER in headers) seen.keyChanges++;
        const next = records.slice(index + 1).find((one) => one.partition === partition && one.key === key);
        if (next?.value === null || (next !== undefined && isAgain(next.value, place(value), place))) continue;
        return invalid('no tombstone', `The deletion of ${String(key)} in ${table} is followed by no tombstone.`, seen);
      }
    }
    return unpaired(sink, seen);
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
function unpaired(sink: Parameters<typeof recordsOf>[0], seen: Seen): CheckResult {
  const told = new Set<string>();
  const pairs: string[] = [];
  for (const { key, event, headers } of eventsOf(sink)) {
    const [oldKey, newKey] = [headers[OLD_KEY_HEADER], headers[NEW_KEY_HEADER]];
    const where = `${event.source.txId ?? 0} ${event.source.lsn ?? 0}`;
    if (event.op === 'd' && newKey !== undefined) told.add(`${where} ${String(key)} ${newKey}`);
    if (event.op === 'c' && oldKey !== undefined) pairs.push(`${where} ${oldKey} ${String(key)}`);
  }
  const lonely = pairs.find((pair) => !told.has(pair));
  if (lonely === undefined) return { verdict: 'valid', seen };
  return invalid(
    'half a change of key',
    `A row was created under a new key, but not deleted under the old one: ${lonely}.`,
    seen,
  );
}

const KEYED = ['customers', 'orders'] as const satisfies readonly Captured[];

const confirmedBehindSink = property(
  'the slot is confirmed no further than the sink has',
  ({ transactions, sink, database, from }) => {
    const confirmed = database.slot?.confirmed ?? 0;
    const has = new Set(eventsOf(sink).map(({ event }) => `${event.source.txId ?? 0} ${event.source.lsn ?? 0}`));
    const due = transactions
      .filter(({ committedAt }) => committedAt >= from && committedAt < confirmed)
      .flatMap(({ events }) => events);
    const seen = { confirmed: due.length };
    const missing = due.find(({ xid, lsn }) => !has.has(`${xid} ${lsn}`));
    if (missing !== undefined)
      return invalid(
        'confirmed too far',
        `The slot is confirmed up to ${confirmed}, but the ${describeEvent(missing)} is in no topic.`,
        seen,
      );
    return { verdict: 'valid', seen };
  },
);

const caughtUp = property(
  'after healing, the connector has caught up, and the log is kept for nobody',
  ({ database, capture, transactions }) => {
    const { slot, removedBelow } = database;
    const seen = {
      resumedInside: capture.counts.resumedInside,
      droppedFromChunks: capture.counts.droppedFromChunks,
      heartbeats: capture.counts.heartbeats,
      lives: capture.boot,
    };
    const last = transactions.at(-1)?.committedAt ?? 0;
    const problem: Violation['explanation'] | undefined =
      capture.phase !== 'streaming'
        ? `The connector is not streaming: it is ${capture.phase}.`
        : (slot?.confirmed ?? 0) <= last
          ? `The slot is confirmed up to ${slot?.confirmed ?? 0}, but a transaction has committed at ${last}.`
          : removedBelow <= last
            ? `The log is kept from ${removedBelow} on, though nothing before ${last} is needed.`
            : undefined;
    return problem === undefined ? { verdict: 'valid', seen } : invalid('behind', problem, seen);
  },
);

export const properties: readonly CdcProperty[] = [
  whole,
  repeatable,
  chained,
  snapshots,
  counted,
  marked,
  confirmedBehindSink,
  caughtUp,
];
