/** What change data capture promises, judged from the database's log and from the topics as they were in the end. */
import { equal, type Violation } from '../../framework/index.js';
import { PLACEHOLDER } from './connector/envelope.js';
import { checkDeliveredChanges, describeEvent } from './delivery.js';
import { eventsOf } from './evidence.js';
import { chained, counted, marked } from './format-properties.js';
import { invalid, property, text, type CdcProperty } from './judging.js';
import { isIn } from './eras.js';
import { rowKey, tablesAt, type ExpectedTransaction } from './oracle.js';
import { replayed } from './replay.js';
import type { Row } from './schema.js';
import { CAPTURED, type Captured } from './tables.js';

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
  ({ transactions, sink, capture, from, gaps }) => {
    const seen = { rows: 0, placeholders: 0, untoldDeletions: 0 };
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
        // A snapshot does not tell what was deleted while there was no slot: whoever reads it has to begin anew with it.
        const goneAt = lastGone(transactions, name, key);
        if (should === undefined && gaps.some((gap) => isIn(goneAt, gap))) {
          seen.untoldDeletions++;
          continue;
        }
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

/** When the last transaction committed that deleted a row. */
const lastGone = (transactions: readonly ExpectedTransaction[], table: Captured, key: string): number =>
  transactions.findLast(({ events }) =>
    events.some((one) => one.table === table && (one.op === 't' || (one.op === 'd' && one.key === key))),
  )?.committedAt ?? -1;

/** Whether two rows are the same. Where no snapshot told it, a large value may be unknown. */
const sameRow = (should: Row, is: Row, mayBeUnknown: boolean): boolean =>
  Object.keys(should).every(
    (column) => equal(should[column], is[column]) || (mayBeUnknown && is[column] === PLACEHOLDER),
  );

const snapshots = property(
  'a snapshot is the tables as they were at its position',
  ({ transactions, sink, capture, from }) => {
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
      if (position < from) continue;
      if (isComplete && missing === undefined) seen.snapshots++;
      else incomplete = `The snapshot at ${position} was sent without ${missing ?? 'its end'}.`;
    }
    // A crash may end a snapshot after its last row has arrived in one partition, and before others have in theirs.
    if (seen.snapshots === 0 && capture.mode !== 'no_data')
      return invalid(
        'no snapshot',
        `No snapshot is complete, though all had healed.${incomplete === undefined ? '' : ` ${incomplete}`}`,
        seen,
      );
    return { verdict: 'valid', seen };
  },
);

const confirmedBehindSink = property(
  'the slot is confirmed no further than the sink has',
  ({ transactions, sink, confirmed }) => {
    const has = new Set(eventsOf(sink).map(({ event }) => `${event.source.txId ?? 0} ${event.source.lsn ?? 0}`));
    const due = transactions
      .filter(({ committedAt }) => confirmed.some((era) => isIn(committedAt, era)))
      .flatMap(({ events }) => events);
    const seen = { confirmed: due.length };
    const missing = due.find(({ xid, lsn }) => !has.has(`${xid} ${lsn}`));
    if (missing !== undefined)
      return invalid(
        'confirmed too far',
        `The slot is confirmed behind ${missing.committedAt}, but the ${describeEvent(missing)} is in no topic.`,
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
      slotsLost: database.dropped.length,
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
