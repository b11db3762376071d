/** What the whole promises: sinks that are true, changes in order, and consumers that catch up. */
import { equal, operationsOf, type CheckResult } from '../../../framework/index.js';
import { heldBy, type Evidence, type Reading } from './evidence.js';
import { broken, logOf, sinkProperty, unknown, type ConsumersProperty } from './judging.js';
import { AUDIT, BROKER, CACHE, NOTIFIER, TOPIC_OF, WAREHOUSE } from './nodes.js';
import { expectedChanges, versionsOf } from './oracle.js';
import { PROMISES } from './promises.js';
import { sinkProperties } from './sink-properties.js';

/**
 * An idempotent producer, and one partition for a key at a time: what comes again comes with all that followed it. So of each key
 * the last deliveries are in order, but for those that came again by another partition, there being more by then.
 */
const order = sinkProperty(PROMISES.order, BROKER, 'log', ({ topics, counts }, log, seen) => {
  Object.assign(seen, counts);
  const place = new Map(expectedChanges(log, 'orders').map(({ identity }, at) => [identity, at]));
  const partitions = (topics[TOPIC_OF.orders]?.partitions ?? []).map(({ records }) =>
    records.flatMap(({ key, value, offset }) => {
      if (value === null || key === null || !('source' in value)) return [];
      const at = place.get(`${value.source.txId ?? ''}:${value.transaction?.total_order ?? ''}`) ?? -1;
      return [{ key, at, offset }];
    }),
  );
  for (const [number, records] of partitions.entries()) {
    const elsewhere = new Set(partitions.toSpliced(number, 1).flatMap((others) => others.map(({ at }) => at)));
    const last = new Map(records.map((record) => [record.at, record]));
    const highest = new Map<string, number>();
    for (const record of records) {
      const { key, at, offset } = record;
      if (last.get(at) !== record) continue;
      if (at < (highest.get(key) ?? -1))
        return broken(
          'out of order',
          `Partition ${number} has at ${offset} a change of ${key} after a later one.`,
          seen,
        );
      if (!elsewhere.has(at)) highest.set(key, at);
    }
  }
  return null;
});

const noLag: ConsumersProperty = {
  name: PROMISES.lag,
  check(run: Evidence): CheckResult {
    const held = heldBy(run.replicas, BROKER, 'log');
    if (held === undefined) return unknown('the log was not inspected');
    const readings: (readonly [string, Reading | undefined])[] = [
      [CACHE, heldBy(run.replicas, CACHE, 'cache')?.reading],
      [WAREHOUSE, heldBy(run.replicas, WAREHOUSE, 'warehouse')?.reading],
      [AUDIT, heldBy(run.replicas, AUDIT, 'audit')?.reading],
      [NOTIFIER, heldBy(run.replicas, NOTIFIER, 'notifier')?.reading],
      ...held.groups.map((one) => [`group ${one.group}`, one] as const),
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
    const log = logOf(run);
    if (log === undefined) return unknown('the database was not inspected');
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

export const properties: readonly ConsumersProperty[] = [...sinkProperties, order, noLag, onceTrue];
