/** What each sink promises: to be what the log of the source makes of it, exactly once where that is promised. */
import { checkChanges, equal, type ChangeEvent } from '../../../framework/index.js';
import type { AuditEntry } from './audit.js';
import { broken, differs, sinkProperty, type ConsumersProperty } from './judging.js';
import { AUDIT, BROKER, CACHE, EVENTS_TOPIC, INDEX, SERVICE, WAREHOUSE } from './nodes.js';
import { expectedChanges, expectedEvents, finalRows, versionsOf } from './oracle.js';
import { PROMISES } from './promises.js';

const index = sinkProperty(PROMISES.index, INDEX, 'index', ({ rows, counts }, log, seen) => {
  seen['refusedByVersion'] = counts.refused;
  seen['displaced'] = counts.displaced;
  return differs('index differs', 'The search index', rows, finalRows(log, 'orders'), seen);
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
export const asEvent = ({ op, before, after, key, position }: AuditEntry): ChangeEvent => ({
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

const events = sinkProperty(PROMISES.events, BROKER, 'log', ({ topics }, log, seen) => {
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

export const sinkProperties: readonly ConsumersProperty[] = [cache, index, service, warehouse, audit, events];
