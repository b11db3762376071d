/**
 * The consumers of changes: what must happen in a run does, and their handlers, which are pure, do the same with what the
 * real connector wrote.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkChanges, judge, planGenerator, readChangeEvents, simulate, type ChangeEvent } from 'faultline';
import { changeConsumers } from 'faultline/models';
import { NEW_KEY_HEADER, OLD_KEY_HEADER, partRecord, partsOf, sourceOf } from '../models/cdc/connector/envelope.js';
import { auditSink } from '../models/cdc/consumers/audit.js';
import { cacheSink } from '../models/cdc/consumers/cache.js';
import { changeOf, UnreadableChange } from '../models/cdc/consumers/changes.js';
import type { StoredChange, Value } from '../models/cdc/consumers/envelope.js';
import { applyBatches } from '../models/cdc/consumers/local-consumer.js';
import type { Row } from '../models/cdc/consumers/messages.js';
import { outboxSink } from '../models/cdc/consumers/notifier.js';
import { committedIn, expectedChanges, expectedEvents, finalRows } from '../models/cdc/consumers/oracle.js';
import { rules, type Rules } from '../models/cdc/consumers/rules.js';
import { documentsOf, takeDocument, type SearchIndex } from '../models/cdc/consumers/search.js';
import { asEvent } from '../models/cdc/consumers/sink-properties.js';
import { portionsOf, takeWrite, type ServiceTable } from '../models/cdc/consumers/synchronisation.js';
import { SOURCE } from '../models/cdc/consumers/tables.js';
import { currentRows, warehouseSink } from '../models/cdc/consumers/warehouse.js';
import type { LogRecord, RowChange } from '../models/cdc/database/log.js';
import { decode } from '../models/cdc/database/streaming.js';
import { tableOf, type Row as DatabaseRow } from '../models/cdc/schema.js';
import { effort } from './fixtures/effort.js';

test('rebalances, expired sessions, growth, recreation, compaction and repeated events happen, and promises are kept', () => {
  const sample = effort(60);
  const plan = planGenerator(changeConsumers);
  const counts = new Map<string, number>();
  for (let seed = 0; seed < sample; seed++) {
    const judgement = judge(changeConsumers, simulate(changeConsumers, plan(seed)));
    expect(judgement.failures, `seed ${seed}`).toEqual([]);
    for (const { result } of judgement.results)
      for (const [what, times] of Object.entries(result.seen)) counts.set(what, (counts.get(what) ?? 0) + times);
  }
  for (const what of ['rebalances', 'compacted', 'grown', 'recreated', 'refusedByVersion', 'fills', 'hits'])
    expect(counts.get(what), what).toBeGreaterThan(sample / 10);
  for (const what of ['expired', 'duplicates', 'eventsRepeated', 'displaced'])
    expect(counts.get(what), what).toBeGreaterThan(0);
});

/** Events as the records of one partition, each deletion followed by its tombstone. */
const recordsFrom = (events: readonly (ChangeEvent | null)[]): StoredChange[] =>
  events
    .flatMap((event): Omit<StoredChange, 'offset'>[] => {
      if (event === null) return [];
      const key = String((event.after ?? event.before)?.['id']);
      const record = { key: JSON.stringify({ id: key }), value: event as unknown as Value, headers: {} };
      return event.op === 'd' ? [record, { ...record, value: null }] : [record];
    })
    .map((record, offset) => ({ ...record, offset }));

/** All sinks, fed with the same records. */
function sinksOf(records: readonly StoredChange[], overrides: Partial<Rules> = {}) {
  const injected = { ...rules, ...overrides };
  const batches = [{ partition: 0, records }];
  const warehouse = warehouseSink(injected).empty();
  applyBatches(warehouseSink(injected), warehouse, batches);
  const audit = auditSink.empty();
  applyBatches(auditSink, audit, batches);
  const index: SearchIndex = { documents: {}, counts: { refused: 0, displaced: 0 } };
  for (const document of documentsOf(batches, injected)) takeDocument(index, document, injected);
  const service: ServiceTable = { rows: {}, topicId: 1, fences: [], fenced: 0 };
  takeWrite(service, { token: { topicId: 1, generation: 1, write: 1 }, portions: portionsOf(batches) }, injected);
  const present = <T>(all: Readonly<Record<string, T | null>>, rowOf: (one: T) => unknown) =>
    Object.fromEntries(
      Object.entries(all).flatMap(([key, one]) => {
        const row = one === null ? null : rowOf(one);
        return row === null ? [] : [[key, row]];
      }),
    );
  return {
    warehouse: currentRows(warehouse) as Record<string, unknown>,
    history: warehouse.history,
    audit: audit.entries,
    index: present(index.documents, ({ row }) => row),
    service: present(service.rows, (row) => row),
  };
}

const read = (text: string): readonly (ChangeEvent | null)[] => {
  const result = readChangeEvents(text);
  if (result.kind === 'malformed') throw new Error(JSON.stringify(result.problems));
  return result.events;
};

const line = (op: string, before: object | null, after: object | null, lsn: number): string =>
  JSON.stringify({
    before,
    after,
    source: {
      version: '1.2.1.Final',
      connector: 'postgresql',
      name: 'shop',
      ts_ms: 1_596_001_099_434,
      snapshot: op === 'r' ? 'true' : 'false',
      db: 'postgres',
      schema: 'inventory',
      table: 'products',
      txId: lsn,
      lsn,
      xmin: null,
    },
    op,
    ts_ms: 1_596_001_099_434,
    transaction: null,
  });

/** In the form of the real connector's, written for this test. */
const WRITTEN = [
  line('r', null, { id: 1, name: 'bicycle', weight: 12.5 }, 100),
  line('r', null, { id: 2, name: 'pump', weight: 0.4 }, 100),
  line('u', { id: 1, name: 'bicycle', weight: 12.5 }, { id: 1, name: 'bicycle', weight: 11.9 }, 150),
  line('c', null, { id: 3, name: 'bell', weight: 0.1 }, 160),
  line('d', { id: 3, name: 'bell', weight: 0.1 }, null, 170),
].join('\n');

const recorded = join(process.env['EXTERNAL_DATA'] ?? '../shared/data', 'debezium/postgres-products.jsonl');

describe.each([
  { what: 'events written for this test', text: () => WRITTEN, ids: [1, 2], weight: { id: 1, is: 11.9 } },
  {
    what: `the recorded events in ${recorded}`,
    text: () => readFileSync(recorded, 'utf8'),
    ids: [101, 102, 103, 104, 105, 106, 107, 108, 109, 110],
    weight: { id: 110, is: 0.5 },
    file: recorded,
  },
])('$what', ({ text, ids, weight, file }) => {
  describe.skipIf(file !== undefined && !existsSync(file))('go through the handlers of a run', () => {
    test('and each sink has the final table', () => {
      const sinks = sinksOf(recordsFrom(read(text())));
      for (const rows of [sinks.warehouse, sinks.index, sinks.service]) {
        expect(Object.keys(rows).map(Number).sort()).toEqual(ids);
        expect(rows[weight.id]).toMatchObject({ weight: weight.is });
      }
    });

    test('and the audit log has every event once, in chains, though all come twice', () => {
      const events = read(text());
      const records = recordsFrom(events);
      const { audit, index } = sinksOf([...records, ...records]);
      expect(audit.map(({ op }) => op)).toEqual(events.map((event) => event?.op));
      expect(checkChanges(audit.map(asEvent), { duplicates: 'forbidden' }).verdict).toBe('valid');
      expect(index).toEqual(sinksOf(records).index);
    });

    test('and a deletion without before ends in an error that says what to do', () => {
      const events = read(text()).map((event) => (event?.op === 'd' ? { ...event, before: null } : event));
      expect(() => sinksOf(recordsFrom(events))).toThrow(UnreadableChange);
      expect(() => sinksOf(recordsFrom(events))).toThrow(/op 'd' at lsn \d+ of inventory\.products.*REPLICA IDENTITY/);
    });

    test('and a version that is an offset takes nothing of a partition with lower offsets', () => {
      const events = recordsFrom(read(text()));
      const later = recordsFrom(read(line('u', null, { id: weight.id, name: 'new', weight: 9 }, 40_000_000)));
      expect(sinksOf([...events, ...later]).index[weight.id]).toMatchObject({ weight: 9 });
      const byOffset: Partial<Rules> = { documentVersion: (_change, offset) => ({ lsn: offset + 1, order: 0 }) };
      expect(sinksOf([...events, ...later], byOffset).index[weight.id]).toMatchObject({ weight: weight.is });
    });
  });
});

const row = (id: string, n: number, status: Row['status'] = 'placed'): Row & DatabaseRow => ({
  id,
  code: 'code',
  status,
  n,
});
const other = { ...row('z', 3), code: 'other' };

/** One record of the database's log: a change of an order. */
const written = (
  lsn: number,
  xid: number,
  key: string,
  change: Partial<Pick<RowChange, 'before' | 'after' | 'oldKey'>>,
): LogRecord => {
  const { before = null, after = null, oldKey = null } = change;
  const op = after === null ? 'd' : before === null ? 'c' : 'u';
  return { kind: 'change', lsn, xid, changes: [{ table: 'orders', op, before, after, key, oldKey }] };
};
const commit = (lsn: number, xid: number): LogRecord => ({ kind: 'commit', lsn, xid, request: `r${xid}`, at: 5 });

/** Placed, paid and renumbered, and, in a transaction that began earlier and commits later, another one. */
const LOG: readonly LogRecord[] = [
  written(10, 1, 'z', { after: other }),
  written(11, 2, 'a', { after: row('a', 1) }),
  written(12, 2, 'a', { before: row('a', 1), after: row('a', 2, 'paid') }),
  commit(20, 2),
  commit(30, 1),
  written(35, 3, 'b', { before: row('a', 2, 'paid'), after: row('b', 4, 'paid'), oldKey: 'a' }),
  commit(40, 3),
  written(45, 4, 'z', { before: other }),
  commit(50, 4),
];
const COMMITTED = committedIn(LOG);

/** The records of a log, made by the parts of the pipeline: what the database decodes, and what the connector makes of that. */
function published(log: readonly LogRecord[]): StoredChange[] {
  const records = log.flatMap((record) => {
    if (record.kind !== 'commit') return [];
    const changes = log.flatMap((one) => (one.kind === 'change' && one.xid === record.xid ? [one] : []));
    let order = 0;
    return decode(record, changes, SOURCE).flatMap((decoded) => {
      if (!('table' in decoded)) return [];
      const { table, lsn, at, xid } = decoded;
      const source = sourceOf(table, at, { snapshot: 'false', lastCommit: record.lsn - 1, lsn, txId: xid });
      return partsOf(tableOf(SOURCE, table), decoded).map((part) => {
        if (part.op !== 'tombstone') order++;
        const transaction = { id: `${xid}:${lsn}`, total_order: order, data_collection_order: order };
        return partRecord(table, part, { source, transaction, now: 7 });
      });
    });
  });
  return records.map(({ key, value, headers }, offset) => ({ key, value, headers, offset }));
}
const RECORDS = published(LOG);

describe('what the connector publishes', () => {
  test('is what Debezium writes: three records for a key change, a tombstone after each deletion, numbered in transactions', () => {
    expect(
      RECORDS.map(({ key, value, headers }) => [key, value === null ? null : (value as ChangeEvent).op, headers]),
    ).toEqual([
      ['{"id":"a"}', 'c', {}],
      ['{"id":"a"}', 'u', {}],
      ['{"id":"z"}', 'c', {}],
      ['{"id":"a"}', 'd', { [NEW_KEY_HEADER]: '{"id":"b"}' }],
      ['{"id":"a"}', null, {}],
      ['{"id":"b"}', 'c', { [OLD_KEY_HEADER]: '{"id":"a"}' }],
      ['{"id":"z"}', 'd', {}],
      ['{"id":"z"}', null, {}],
    ]);
    const events = read(RECORDS.map(({ value }) => JSON.stringify(value)).join('\n'));
    expect(events.map((event) => event?.transaction?.total_order)).toEqual([1, 2, 1, 1, undefined, 2, 1, undefined]);
    expect(events[0]?.source).toMatchObject({ snapshot: 'false', sequence: '["19","11"]', txId: 2, lsn: 11 });
    expect(checkChanges(events, { duplicates: 'forbidden' }).verdict).toBe('valid');
  });

  test('leads each sink to what the oracle makes of the log, which is another way', () => {
    const sinks = sinksOf(RECORDS);
    const rows = finalRows(COMMITTED, 'orders');
    for (const held of [sinks.warehouse, sinks.index, sinks.service]) expect(held).toEqual(rows);
    const identities = expectedChanges(COMMITTED, 'orders').map(({ identity }) => identity);
    expect(sinks.audit.map(({ identity }) => identity)).toEqual(identities);
    const outbox = outboxSink.empty();
    applyBatches(outboxSink, outbox, [{ records: [...RECORDS, ...RECORDS] }]);
    expect(outbox.events).toEqual(expectedEvents(COMMITTED));
    expect(outbox.events.map(({ type }) => type)).toEqual([
      'OrderPlaced',
      'OrderPaid',
      'OrderPlaced',
      'OrderRenumbered',
      'OrderCancelled',
    ]);
  });

  test('is lost in part to a sink that takes lsns for an order of all events', () => {
    const byLsn: Partial<Rules> = { isKnown: ({ position }, { highestLsn }) => position.lsn < highestLsn };
    expect(Object.keys(sinksOf(RECORDS).history)).toContain('z');
    expect(sinksOf(RECORDS.slice(0, 3), byLsn).history['z']).toBeUndefined();
  });
});

describe('a key change whose halves come in the other order', () => {
  const swapped = [...RECORDS.slice(0, 3), ...RECORDS.slice(5, 6), ...RECORDS.slice(3, 5)];
  const steps = (overrides: Partial<Rules>): string[][] => {
    const injected = { ...rules, ...overrides };
    const index: SearchIndex = { documents: {}, counts: { refused: 0, displaced: 0 } };
    return documentsOf([{ records: swapped }], injected).map((document) => {
      takeDocument(index, document, injected);
      const shown = Object.values(index.documents).filter(({ row: shows }) => shows?.code === 'code');
      return shown.map(({ key }) => key);
    });
  };

  test('never shows two documents for one row', () => {
    expect(steps({})).toEqual([['a'], ['a'], ['a'], ['b'], ['b']]);
  });

  test('shows two for a while, if the new key displaces nothing', () => {
    expect(steps({ displaces: () => false })).toContainEqual(['a', 'b']);
  });
});

describe('the cache', () => {
  const leased = () => {
    const cache = cacheSink.empty();
    Object.assign(cache.rows, { a: row('a', 1), b: row('b', 1) });
    Object.assign(cache.leases, { a: { id: '1', isVoid: false }, c: { id: '2', isVoid: false } });
    return cache;
  };

  test('forgets a row whose change is announced, and what was asked of it before', () => {
    const cache = leased();
    cacheSink.apply(cache, 'a');
    expect(cache.rows).toMatchObject({ a: null, b: { id: 'b' } });
    expect(cache.leases).toMatchObject({ a: { isVoid: true }, c: { isVoid: false } });
    expect(rules.mayFill({ isVoid: true })).toBe(false);
    expect(rules.mayFill({ isVoid: false })).toBe(true);
  });

  test('forgets all when its topic is another one: what the old one said last is not to be had', () => {
    const cache = leased();
    cacheSink.recreated?.(cache);
    expect(cache.rows).toEqual({ a: null, b: null, c: null });
    expect(Object.values(cache.leases).every((lease) => lease?.isVoid)).toBe(true);
  });
});

test('a fence lets in later writes only, each partition by itself', () => {
  const table: ServiceTable = { rows: {}, topicId: 1, fences: [], fenced: 0 };
  const write = (generation: number, number: number, partition: number, n: number, topicId = 1) =>
    takeWrite(
      table,
      {
        token: { topicId, generation, write: number },
        portions: [{ partition, rows: [{ key: 'a', row: row('a', n) }] }],
      },
      rules,
    );
  expect(write(2, 1, 0, 1)).toHaveLength(1);
  expect(write(2, 1, 0, 1)).toHaveLength(0);
  expect(write(1, 9, 0, 2)).toHaveLength(0);
  expect(write(1, 9, 1, 3)).toHaveLength(1);
  expect(write(3, 1, 0, 4)).toHaveLength(1);
  expect(table.rows['a']?.n).toBe(4);
  expect(table.fenced).toBe(1);
  expect(write(4, 1, 1, 5, 2)).toHaveLength(1);
  expect(table.rows).toEqual({ a: row('a', 5) });
  expect(write(9, 1, 0, 6, 1)).toHaveLength(0);
});

test('a truncation says nothing of a row, and is refused; a tombstone has no place among changes', () => {
  const truncation = read(line('t', null, null, 7))[0];
  expect(() => changeOf({ key: null, value: truncation, headers: {} })).toThrow(/truncation/);
  expect(changeOf({ key: null, value: null, headers: {} })).toBeNull();
  expect(changeOf({ key: '{"id":"a"}', value: null, headers: {} })).toEqual({ kind: 'tombstone', key: 'a', row: null });
});
