/** What the consumers promise: each sink is what the log of the source makes of it, exactly once where that is promised. */
import {
  checkChanges,
  equal,
  firstDifference,
  operationsOf,
  type ChangeEvent,
  type CheckResult,
  type Property,
  type Seen,
} from '../../framework/index.js';
import type { AuditEntry } from './audit.js';
import { committedBeforeProbes, counted, heldBy, type Evidence, type Holding, type Reading } from './evidence.js';
import type { Operation } from './messages.js';
import { AUDIT, CACHE, EVENTS_TOPIC, INDEX, LOG, NOTIFIER, SERVICE, SOURCE, TOPIC_OF, WAREHOUSE } from './nodes.js';
import { expectedChanges, expectedEvents, finalRows, versionsOf } from './oracle.js';
import { PROMISES } from './promises.js';
import type { Committed } from './transactions.js';

type ConsumersProperty = Property<Operation, Holding>;

const unknown = (reason: string, seen: Seen = {}): CheckResult => ({ verdict: 'unknown', reason, seen });

const broken = (rule: string, explanation: string, seen: Seen = {}): CheckResult => ({
  verdict: 'invalid',
  violation: { rule, explanation, operations: [] },
  seen,
});

/** A property over the log of the source and what one node held. It proves something if there were transactions. */
function sinkProperty<K extends Holding['kind']>(
  name: string,
  node: string,
  kind: K,
  judge: (
    held: Extract<Holding, { kind: K }>,
    log: readonly Committed[],
    seen: Record<string, number>,
  ) => CheckResult | null,
): ConsumersProperty {
  return {
    name,
    check(run: Evidence): CheckResult {
      const log = heldBy(run.replicas, SOURCE, 'source')?.log;
      const held = heldBy(run.replicas, node, kind);
      if (log === undefined || held === undefined) return unknown(`${node} or the source was not inspected`);
      const seen: Record<string, number> = { transactions: committedBeforeProbes(run, log) };
      const breach = judge(held, log, seen);
      if (breach !== null) return breach;
      return (seen['transactions'] ?? 0) > 0 ? { verdict: 'valid', seen } : unknown('nothing was committed', seen);
    },
  };
}

const differs = (rule: string, what: string, held: unknown, expected: unknown, seen: Seen): CheckResult | null => {
  if (equal(held, expected)) return null;
  const difference = firstDifference(held, expected);
  return broken(
    rule,
    `${what} differs from what the log of the source makes of it: ${JSON.stringify(difference)}.`,
    seen,
  );
};

const index = sinkProperty(PROMISES.index, INDEX, 'index', ({ rows, counts }, log, seen) => {
  seen['refusedByVersion'] = counts.refused;
  seen['displaced'] = counts.displaced;
  return differs('index differs', 'The search index', rows, finalRows(log, 'customers'), seen);
});

const service = sinkProperty(PROMISES.service, SERVICE, 'service', ({ rows, fenced }, log, seen) => {
  seen['fencedWrites'] = fenced;
  return differs('table differs', "The other service's table", rows, finalRows(log, 'customers'), seen);
});

const cache = sinkProperty(PROMISES.cache, CACHE, 'cache', ({ rows, counts }, log, seen) => {
  const truth = finalRows(log, 'customers');
  Object.assign(seen, {
    cached: Object.keys(rows).length,
    fills: counts.fills,
    hits: counts.hits,
    fillsRefused: counts.refused,
  });
  for (const [key, row] of Object.entries(rows)) {
    const now = truth[key] ?? null;
    if (!equal(row, now))
      return broken(
        'stale row',
        `The cache holds ${JSON.stringify(row)} for ${key}, but the source ${now === null ? 'has none' : `has ${JSON.stringify(now)}`}.`,
        seen,
      );
  }
  return null;
});

const warehouse = sinkProperty(PROMISES.warehouse, WAREHOUSE, 'warehouse', ({ history }, log, seen) => {
  const held = Object.fromEntries(
    Object.entries(history).map(([key, versions]) => [
      key,
      versions.map(({ identity, row, position }) => ({ identity, row, from: position.lsn })),
    ]),
  );
  const expected = Object.fromEntries(
    [...versionsOf(log, 'orders')].map(([key, versions]) => [
      key,
      versions.map(({ identity, after, lsn }) => ({ identity, row: after, from: lsn })),
    ]),
  );
  seen['versions'] = Object.values(held).reduce((sum, versions) => sum + versions.length, 0);
  return differs('history differs', 'The history in the warehouse', held, expected, seen);
});

/** An entry of the audit log as the event it was, for the checker of chains. */
const asEvent = ({ op, before, after, key, position }: AuditEntry): ChangeEvent => ({
  op,
  before,
  after,
  source: {
    version: '',
    connector: 'postgresql',
    name: '',
    ts_ms: 0,
    db: '',
    schema: 'public',
    table: 'orders',
    lsn: position.lsn,
    key,
  },
});

const audit = sinkProperty(PROMISES.audit, AUDIT, 'audit', ({ entries, repeated }, log, seen) => {
  Object.assign(seen, { entries: entries.length, eventsRepeated: repeated });
  const once = new Set<string>();
  for (const { identity } of entries) {
    if (once.has(identity)) return broken('recorded twice', `The audit log has event ${identity} twice.`, seen);
    once.add(identity);
  }
  const held = new Map(entries.map((entry) => [entry.identity, entry]));
  for (const { identity, op, key, before, after } of expectedChanges(log, 'orders')) {
    const entry = held.get(identity);
    if (entry === undefined)
      return broken('not recorded', `The audit log lacks event ${identity} (${op} of ${key}).`, seen);
    if (entry.op !== op || entry.key !== key || !equal(entry.before, before) || !equal(entry.after, after))
      return broken('recorded wrongly', `The audit log has event ${identity} as ${JSON.stringify(entry)}.`, seen);
    held.delete(identity);
  }
  const [stranger] = held.keys();
  if (stranger !== undefined) return broken('never happened', `The audit log has event ${stranger}.`, seen);
  // Partitions are read side by side, so the chain of a key that moved is put in order first.
  const inOrder = entries.toSorted(
    (one, other) => one.position.lsn - other.position.lsn || one.position.order - other.position.order,
  );
  const chains = checkChanges(inOrder.map(asEvent), { duplicates: 'forbidden' });
  return chains.verdict === 'invalid' ? { ...chains, seen } : null;
});

const events = sinkProperty(PROMISES.events, LOG, 'log', ({ topics }, log, seen) => {
  const records = (topics[EVENTS_TOPIC]?.partitions ?? []).flatMap((partition) => partition.records);
  const times = new Map<string, number>();
  for (const { value } of records) {
    const text = JSON.stringify(value);
    times.set(text, (times.get(text) ?? 0) + 1);
  }
  const expected = expectedEvents(log);
  seen['events'] = expected.length;
  for (const { id, order, type } of expected) {
    const text = JSON.stringify({ id, type, order });
    const count = times.get(text) ?? 0;
    if (count !== 1)
      return broken(count === 0 ? 'event missing' : 'event doubled', `The topic has ${text} ${count} times.`, seen);
    times.delete(text);
  }
  const [stranger] = times.keys();
  return stranger === undefined ? null : broken('event from nowhere', `The topic has ${stranger}.`, seen);
});

/** An idempotent producer, and one partition for a key at a time: what comes for the first time comes in order. */
const order = sinkProperty(PROMISES.order, LOG, 'log', ({ topics, counts }, log, seen) => {
  Object.assign(seen, counted(counts));
  const place = new Map(expectedChanges(log, 'orders').map(({ identity }, at) => [identity, at]));
  for (const [number, { records }] of (topics[TOPIC_OF.orders]?.partitions ?? []).entries()) {
    const known = new Map<string, number>();
    for (const { key, value, offset } of records) {
      if (value === null || key === null || !('source' in value)) continue;
      const at = place.get(`${value.source.txId ?? ''}:${value.transaction?.total_order ?? ''}`) ?? -1;
      const last = known.get(key) ?? -1;
      if (at > last) known.set(key, at);
      else if (!records.some((one) => one.offset < offset && equal(identityIn(one.value), identityIn(value))))
        return broken(
          'out of order',
          `Partition ${number} has at ${offset} a change of ${key} after a later one.`,
          seen,
        );
    }
  }
  return null;
});

const identityIn = (value: Holding extends never ? never : unknown): unknown =>
  typeof value === 'object' && value !== null && 'source' in value
    ? [(value.source as { txId: unknown }).txId, (value as { transaction?: unknown }).transaction]
    : value;

const lag = sinkProperty(PROMISES.lag, LOG, 'log', () => null);

const noLag: ConsumersProperty = {
  name: PROMISES.lag,
  check(run: Evidence): CheckResult {
    const held = heldBy(run.replicas, LOG, 'log');
    if (held === undefined) return unknown('the log was not inspected');
    const readings: [string, Reading | undefined][] = [
      [CACHE, heldBy(run.replicas, CACHE, 'cache')?.reading],
      [WAREHOUSE, heldBy(run.replicas, WAREHOUSE, 'warehouse')?.reading],
      [AUDIT, heldBy(run.replicas, AUDIT, 'audit')?.reading],
      [NOTIFIER, heldBy(run.replicas, NOTIFIER, 'notifier')?.reading],
      ...held.groups.map((one): [string, Reading] => [`group ${one.group}`, one]),
    ];
    const seen = { consumers: readings.length };
    for (const [who, reading] of readings) {
      const topic = held.topics[reading?.topic ?? ''];
      if (reading === undefined || topic === undefined) return unknown(`${who} was not inspected`, seen);
      if (reading.topicId !== topic.topicId)
        return broken('in a topic that is gone', `${who} reads a topic that is gone.`, seen);
      for (const [partition, { highWatermark }] of topic.partitions.entries()) {
        const at = reading.positions.find((one) => one.partition === partition)?.offset ?? 0;
        if (at < highWatermark)
          return broken(
            'lag',
            `${who} is at ${at} of ${highWatermark} in partition ${partition} of ${reading.topic}.`,
            seen,
          );
      }
    }
    return { verdict: 'valid', seen };
  },
};

const onceTrue: ConsumersProperty = {
  name: PROMISES.onceTrue,
  check(run: Evidence): CheckResult {
    const log = heldBy(run.replicas, SOURCE, 'source')?.log;
    if (log === undefined) return unknown('the source was not inspected');
    const versions = versionsOf(log, 'customers');
    const seen = { lookups: 0, rowsShown: 0 };
    for (const { operation, outcome, index: at } of operationsOf(run.history)) {
      if (operation.kind !== 'lookup' || outcome.kind !== 'ok') continue;
      seen.lookups++;
      if (outcome.result === null) continue;
      seen.rowsShown++;
      if ((versions.get(operation.key) ?? []).some(({ after }) => equal(after, outcome.result))) continue;
      const explanation = `The cache showed ${JSON.stringify(outcome.result)} for ${operation.key}, which it never was.`;
      return { verdict: 'invalid', violation: { rule: 'never true', explanation, operations: [at] }, seen };
    }
    return seen.lookups > 0 ? { verdict: 'valid', seen } : unknown('nothing was looked up', seen);
  },
};

void lag;

export const properties: readonly ConsumersProperty[] = [
  cache,
  index,
  service,
  warehouse,
  audit,
  events,
  order,
  noLag,
  onceTrue,
];
