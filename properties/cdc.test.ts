/**
 * Change data capture: what the connector emits is what Debezium emits, so that whoever reads that can read this; the search
 * for where to resume ends where it should; and what the model may do, coming again after a crash, is not held against it.
 */
import { describe, expect, test } from 'vitest';
import { checkChanges, judge, planGenerator, readChangeEvents, simulate, type Run } from 'faultline';
import { cdc } from 'faultline/models';
import { advanced, freshOffset, passed, type Offset } from '../models/cdc/connector/offset.js';
import { look, searchFor, type Found } from '../models/cdc/connector/resume.js';
import { FIRST_LSN, intactPrefix, type LogRecord } from '../models/cdc/database/log.js';
import { changesOf, conflict, locksOf } from '../models/cdc/database/statements.js';
import { decode } from '../models/cdc/database/streaming.js';
import { eventsOf, evidenceOf, recordsOf, transactionsIn, type Holding } from '../models/cdc/evidence.js';
import type { Decoded } from '../models/cdc/messages.js';
import { mutants } from '../models/cdc/mutants.js';
import { transactionsOf } from '../models/cdc/oracle.js';
import { correctRules, type Rules } from '../models/cdc/rules.js';
import { SHOP } from '../models/cdc/tables.js';

const NOTHING_FILLED = { needsSnapshot: false, filled: {} };

const generate = planGenerator(cdc);
const runs = Array.from({ length: 60 }, (_, seed): Run => simulate(cdc, generate(seed)));

/** What the nodes held at the end of a run. */
function endOf({ history, inspectionsFrom }: Run) {
  const replicas = new Map<string, Holding>();
  let node = '';
  for (const entry of history.slice(inspectionsFrom))
    if (entry.type === 'invoke' && 'node' in entry.operation) node = String(entry.operation.node);
    else if (entry.type === 'ok') replicas.set(node, entry.result as Holding);
  const evidence = evidenceOf({ replicas });
  if (evidence === undefined) throw new Error('not all nodes were inspected');
  return evidence;
}

const ends = runs.map(endOf);
const events = ends.flatMap(({ sink }) => eventsOf(sink));

describe('what the connector emits', () => {
  test('is read by the reader of change events, and says the same afterwards', () => {
    const lines = events.map(({ event }) => JSON.stringify(event));
    const read = readChangeEvents(lines.join('\n'));
    expect(read.kind === 'malformed' ? read.problems.slice(0, 3) : read.kind).toBe('events');
    if (read.kind === 'events') expect(read.events.map((one) => JSON.stringify(one))).toHaveLength(lines.length);
    if (read.kind === 'events') expect(read.events).toEqual(events.map(({ event }) => event));
  });

  test('has every kind of event, and every value of source.snapshot', () => {
    expect(new Set(events.map(({ event }) => event.op))).toEqual(new Set(['c', 'u', 'd', 'r', 't']));
    expect(new Set(events.map(({ event }) => event.source.snapshot))).toEqual(
      new Set(['true', 'first', 'first_in_data_collection', 'last_in_data_collection', 'last', 'false', 'incremental']),
    );
  });

  test('has the last commit and the own position in source.sequence, as text, in that order', () => {
    for (const { event } of events) {
      const { sequence, lsn, snapshot } = event.source;
      const [commit, own] = JSON.parse(sequence) as (string | null)[];
      if (snapshot === 'incremental') expect([typeof commit, own, lsn]).toEqual(['string', null, null]);
      else if (snapshot === 'false') expect([typeof commit, own]).toEqual(['string', String(lsn)]);
      else expect([commit, own]).toEqual([null, String(lsn)]);
    }
  });

  test('has before and after as the operation and the replica identity have it', () => {
    for (const { table, event } of events) {
      const { op, before, after } = event;
      if (op === 'c' || op === 'r') expect([before, after === null]).toEqual([null, false]);
      if (op === 'd') expect([before === null, after]).toEqual([false, null]);
      if (op === 't') expect([before, after]).toEqual([null, null]);
      if (op === 'u') expect(before === null).toBe(table === 'orders');
      if (op === 'd' && table === 'orders') expect(before).toEqual({ id: before?.['id'], item: null, note: null });
    }
  });

  test('has the placeholder for a large value that was not changed', () => {
    const updates = events.filter(({ table, event }) => table === 'orders' && event.op === 'u');
    expect(updates.length).toBeGreaterThan(10);
    for (const { event } of updates) expect(event.after?.['note']).toBe('__debezium_unavailable_value');
  });

  test('has three records for a new primary key, with headers, and a tombstone after each deletion', () => {
    let [keyChanges, deletions] = [0, 0];
    for (const { sink } of ends)
      for (const [place, record] of recordsOf(sink, 'customers').entries()) {
        const { key, value, headers, partition } = record;
        if (value === null || !('op' in value) || value.op !== 'd') continue;
        deletions++;
        const newKey = headers['__debezium.newkey'];
        if (newKey === undefined) continue;
        keyChanges++;
        const isSame = (one: typeof record) =>
          one.value !== null && 'op' in one.value && one.value.source.lsn === value.source.lsn && one.key === newKey;
        const created = recordsOf(sink, 'customers').filter(isSame);
        expect(created.map((one) => one.headers)).toContainEqual({ '__debezium.oldkey': key });
        const later = recordsOf(sink, 'customers').slice(place + 1);
        expect(later.some((one) => one.partition === partition && one.key === key && one.value === null)).toBe(true);
      }
    expect(keyChanges).toBeGreaterThan(10);
    expect(deletions).toBeGreaterThan(keyChanges);
  });

  test('has an END for each transaction, which counts its events by table', () => {
    for (const { sink, database } of ends) {
      const expected = new Map(transactionsOf(database.log).map((one) => [one.xid, one.events.length]));
      for (const { status, id, event_count, data_collections } of transactionsIn(sink)) {
        if (status === 'BEGIN') expect([event_count, data_collections]).toEqual([null, null]);
        else expect(event_count).toBe(expected.get(Number(id.split(':')[0])));
      }
    }
  });

  test('has another position in the id of END than in that of BEGIN, so that only the transaction is the same', () => {
    const places = new Map<string, Set<string>>();
    for (const { status, id } of ends.flatMap(({ sink }) => transactionsIn(sink).slice(0, 2))) {
      expect(id).toMatch(/^\d+:\d+$/);
      places.set(status, (places.get(status) ?? new Set()).add(id));
    }
    expect([...places.keys()].sort()).toEqual(['BEGIN', 'END']);
  });
});

describe('what is allowed', () => {
  const judged = runs.map((run) => ({ run, results: judge(cdc, run).results.map(({ result }) => result) }));
  const count = (what: string) =>
    judged.filter(({ results }) => results.some(({ seen }) => (seen[what] ?? 0) > 0)).map(({ run }) => run);

  test('events that come again after a crash are no failure', () => {
    const again = count('replays');
    expect(again.length).toBeGreaterThan(0);
    for (const run of again) expect(judge(cdc, run).failures).toEqual([]);
  });

  test('the framework’s checker tells those that come again from new ones', () => {
    for (const { sink } of ends) {
      const journal = eventsOf(sink).filter(({ table }) => table === 'journal');
      const read = readChangeEvents(journal.map(({ event }) => JSON.stringify(event)).join('\n'));
      if (read.kind === 'events') expect(checkChanges(read.events, { key: ['entry'] }).verdict).not.toBe('invalid');
    }
  });
});

describe('the database', () => {
  const committed = ends.flatMap(({ database }) => [database.log]);

  test('interleaves transactions in its log, so that rows are in another order than their commits', () => {
    const interleaved = committed.filter((log) =>
      log.some((record, place) => {
        const next = log[place + 1];
        return record.kind === 'change' && next !== undefined && next.xid !== record.xid;
      }),
    );
    expect(interleaved.length).toBeGreaterThan(runs.length / 2);
  });

  test('has a BEGIN at the position of its first row, and of the COMMIT before', () => {
    const insert = { table: 'journal', op: 'c', before: null, after: { entry: '1' }, key: '1', oldKey: null } as const;
    const change = { kind: 'change', lsn: 1_000, xid: 7, changes: [insert] } as const;
    const commit = { kind: 'commit', lsn: 1_064, xid: 7, request: 'r', at: 5 } as const;
    const decoded = decode(commit, [change], SHOP);
    expect(decoded.map(({ op, lsn }) => [op, lsn])).toEqual([
      ['BEGIN', 1_000],
      ['INSERT', 1_000],
      ['COMMIT', 1_088],
    ]);
  });

  test('sends nothing of a table that is not published', () => {
    const scratch = { table: 'scratch', op: 'c', before: null, after: { entry: '1' }, key: '1', oldKey: null } as const;
    const change = { kind: 'change', lsn: 1_000, xid: 7, changes: [scratch] } as const;
    expect(decode({ kind: 'commit', lsn: 1_064, xid: 7, request: 'r', at: 5 }, [change], SHOP)).toEqual([]);
  });

  test('takes its log for ended where a record is missing', () => {
    const at = (lsn: number): LogRecord => ({ kind: 'commit', lsn, xid: 1, request: '', at: 0 });
    expect(intactPrefix([at(1_000), at(1_024), at(1_072)])).toHaveLength(2);
    expect(intactPrefix([at(1_024)])).toEqual([]);
  });

  test('locks rows, and whole tables against their rows', () => {
    const [put, truncate] = [
      { kind: 'put', table: 'orders', id: 'x' } as const,
      { kind: 'truncate', table: 'orders' } as const,
    ];
    expect(conflict(locksOf(put), locksOf(truncate))).toBe(true);
    expect(conflict(locksOf(put), locksOf({ ...put, id: 'y' }))).toBe(false);
  });

  test('changes nothing where there is no row, and no key that is taken', () => {
    const place = { schema: SHOP, n: 1, index: 0, request: 'r' };
    const [a, b] = [
      { id: 'a', name: '' },
      { id: 'b', name: '' },
    ];
    expect(changesOf({ kind: 'delete', table: 'customers', id: 'a' }, () => undefined, place)).toEqual([]);
    const both = (_table: string, key: string) => (key === 'a' ? a : b);
    expect(changesOf({ kind: 'rekey', table: 'customers', from: 'a', to: 'b' }, both, place)).toEqual([]);
  });
});

describe('what the slot is told', () => {
  /** The offsets after everything in a log, if before each commit the log is known to have been looked through that far. */
  function offsetsOf(log: readonly LogRecord[]): Offset[] {
    const offsets = [freshOffset(FIRST_LSN, NOTHING_FILLED)];
    const last = (): Offset => offsets.at(-1) ?? freshOffset(FIRST_LSN, NOTHING_FILLED);
    for (const commit of log) {
      if (commit.kind !== 'commit') continue;
      offsets.push(passed(last(), commit.lsn));
      const changes = log.flatMap((record) => (record.kind === 'change' && record.xid === commit.xid ? [record] : []));
      for (const message of decode(commit, changes, SHOP)) offsets.push(advanced(last(), message));
    }
    return offsets;
  }

  test('never goes back, though transactions begin in the log before what was told', () => {
    const logs = ends.map(({ database }) => offsetsOf(database.log));
    expect(logs.flat().filter(({ lsn, lsn_proc }) => lsn < lsn_proc).length).toBeGreaterThan(logs.length);
    for (const offsets of logs) {
      const told = offsets.map(({ lsn_proc }) => lsn_proc);
      expect(told).toEqual(told.toSorted((one, other) => one - other));
    }
  });
});

describe('the search for where to resume', () => {
  const rows = (xid: number, ...positions: number[]): Decoded[] =>
    positions.map((lsn) => ({
      op: 'INSERT',
      lsn,
      xid,
      at: 0,
      table: 'journal',
      before: null,
      after: { entry: `${lsn}` },
    }));
  const transaction = (xid: number, commit: number, ...positions: number[]): Decoded[] => [
    { op: 'BEGIN', lsn: positions[0] ?? 0, xid, at: 0 },
    ...rows(xid, ...positions),
    { op: 'COMMIT', lsn: commit, xid, at: 0 },
  ];
  const stored = (change: Partial<Offset>): Offset => ({ ...freshOffset(100, NOTHING_FILLED), ...change });

  /** What is processed of a stream, by operation and position. */
  function resumed(offset: Offset, messages: readonly Decoded[], rules: Rules = correctRules): string[] | string {
    let search = searchFor(offset);
    const processed: string[] = [];
    const say = ({ op, lsn }: Decoded) => void processed.push(`${op} ${lsn}`);
    for (const message of messages) {
      const found: Found =
        search === null ? { kind: 'found', messages: [message], inside: true } : look(search, message, rules);
      if (found.kind === 'failed') return found.reason;
      if (found.kind === 'searching') continue;
      search = null;
      found.messages.forEach(say);
    }
    return processed;
  }

  test('goes on after the last change that was stored', () => {
    const offset = stored({ lsn: 110, messageType: 'INSERT', lsn_events_processed: 1 });
    expect(resumed(offset, transaction(1, 140, 100, 110, 120))).toEqual(['INSERT 120', 'COMMIT 140']);
  });

  test('goes on at the BEGIN of the first transaction that committed later', () => {
    const offset = stored({ lsn: 100, messageType: 'COMMIT', lsn_commit: 100 });
    expect(resumed(offset, transaction(1, 140, 110))).toEqual(['BEGIN 110', 'INSERT 110', 'COMMIT 140']);
  });

  test('takes neither a BEGIN nor a COMMIT for the row at the same position', () => {
    const afterCommit = stored({ lsn: 100, messageType: 'COMMIT', lsn_commit: 100 });
    const afterBegin = stored({ lsn: 100, messageType: 'BEGIN', lsn_commit: 90 });
    for (const offset of [afterCommit, afterBegin])
      expect(resumed(offset, transaction(1, 140, 100))).toEqual(['BEGIN 100', 'INSERT 100', 'COMMIT 140']);
    const broken = { ...correctRules, ...mutants['DB-01']?.overrides };
    expect(resumed(afterBegin, transaction(1, 140, 100), broken)).toEqual(['COMMIT 140']);
  });

  test('skips as many of the rows at one position as were stored', () => {
    const offset = stored({ lsn: 100, messageType: 'INSERT', lsn_events_processed: 2, lsn_commit: 90 });
    expect(resumed(offset, transaction(1, 200, 100, 100, 100))).toEqual(['INSERT 100', 'COMMIT 200']);
    const broken: Rules = { ...correctRules, wasProcessed: (change) => change.stored.lsn_events_processed > 0 };
    expect(resumed({ ...offset, lsn_events_processed: 1 }, transaction(1, 200, 100, 100, 100), broken)).toEqual([
      'COMMIT 200',
    ]);
  });

  test('fails in a log that the offset did not come from, and does not skip for ever', () => {
    const offset = stored({ lsn: 500, messageType: 'COMMIT', lsn_commit: 500 });
    expect(resumed(offset, transaction(1, 140, 110))).toContain('not the log that the offset came from');
  });

  test('is not needed before anything was streamed', () => {
    expect(searchFor(freshOffset(100, NOTHING_FILLED))).toBeNull();
  });
});
