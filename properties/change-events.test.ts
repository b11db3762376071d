/** Change events in Debezium's form: read as they are, folded into the table, and judged key by key. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkChanges, foldChanges, readChangeEvents, type ChangeEvent, type Row } from 'faultline';

const source = (lsn: number) => ({
  version: '3.0.0.Final',
  connector: 'postgresql',
  name: 'shop',
  ts_ms: 1,
  snapshot: 'false',
  db: 'shop',
  schema: 'public',
  table: 'orders',
  txId: lsn,
  lsn,
});
const event = (op: ChangeEvent['op'], before: Row | null, after: Row | null, lsn: number): ChangeEvent => ({
  op,
  before,
  after,
  source: source(lsn),
  ts_ms: lsn,
});
const order = (id: number, total: number): Row => ({ id, total });

const stream = [
  event('r', null, order(1, 10), 1),
  event('c', null, order(2, 20), 2),
  event('u', order(1, 10), order(1, 11), 3),
  event('d', order(2, 20), null, 4),
  null,
  event('c', null, order(2, 21), 5),
];

function read(text: string): readonly (ChangeEvent | null)[] {
  const result = readChangeEvents(text);
  if (result.kind === 'malformed') throw new Error(JSON.stringify(result.problems));
  return result.events;
}

describe('reading', () => {
  test('gives back what was written, unknown fields too, wrapped in its schema or not', () => {
    const odd = { ...event('c', null, order(1, 1), 9), extra: { kept: true } };
    const lines = [JSON.stringify(odd), JSON.stringify({ schema: { type: 'struct' }, payload: odd }), 'null', ''];
    expect(read(lines.join('\n'))).toEqual([odd, odd, null]);
  });

  test('names the line, and the field or column, of what is wrong; all of it', () => {
    const lines = [JSON.stringify({ op: 'x', source: {} }), '{"op":"c"', JSON.stringify(stream[0])];
    const result = readChangeEvents(lines.join('\n'));
    expect(result.kind).toBe('malformed');
    if (result.kind !== 'malformed') return;
    expect(result.problems.some(({ line, message }) => line === 1 && /op: /.test(message))).toBe(true);
    expect(result.problems.some(({ line, message }) => line === 1 && /source\.table: /.test(message))).toBe(true);
    expect(result.problems).toContainEqual({
      line: 2,
      column: 10,
      message: "not JSON: expected ',' or '}' (is the file truncated?)",
    });
  });
});

describe('judging', () => {
  test('a stream whose every change continues the one before is valid, and folds to the table', () => {
    expect(checkChanges(stream)).toEqual({
      verdict: 'valid',
      seen: { events: 5, snapshots: 1, changes: 4, duplicates: 0, tombstones: 1 },
    });
    expect([...(foldChanges(stream).tables.get('public.orders')?.values() ?? [])]).toEqual([
      order(1, 11),
      order(2, 21),
    ]);
  });

  for (const [what, changed, rule, operations] of [
    ['a missing creation', stream.toSpliced(1, 1), 'change of a row that is not there', [2]],
    ['a missing update', stream.toSpliced(2, 1).concat(event('u', order(1, 11), order(1, 12), 6)), undefined, []],
    [
      'a missing change between two',
      [...stream, event('u', order(2, 99), order(2, 100), 7)],
      'before differs from the last after',
      [5, 6],
    ],
    ['changes of a key in the wrong order', [stream[1], stream[5], stream[3]], 'created twice', [0, 1]],
    ['a deletion that tells no key', [stream[1], event('d', null, null, 8)], 'change without its key', [1]],
  ] as const)
    test(`${what} is ${rule ?? 'not to be seen behind a snapshot'}`, () => {
      const result = checkChanges(changed.map((one) => one ?? null));
      if (rule === undefined) expect(result.verdict).toBe('valid');
      else expect(result).toMatchObject({ verdict: 'invalid', violation: { rule, operations } });
    });

  const told = (events: readonly (ChangeEvent | null)[], key?: readonly string[]) => {
    const result = checkChanges(events, key === undefined ? {} : { key });
    return result.verdict === 'invalid' ? result.violation : result.verdict;
  };

  test('what is wrong is told with the event, the row and both versions', () => {
    expect(told([event('u', order(1, 1), order(1, 2), 7)])).toEqual({
      rule: 'change of a row that is not there',
      explanation: 'Event 0, an update in public.orders at lsn 7, updates the row [1], which was not created before.',
      operations: [0],
    });
    expect(told([event('d', order(1, 1), null, 7)])).toMatchObject({
      explanation: 'Event 0, a deletion in public.orders at lsn 7, deletes the row [1], which was not created before.',
    });
    expect(told([event('c', null, order(1, 1), 7), event('c', null, order(1, 2), 8)])).toEqual({
      rule: 'created twice',
      explanation: 'Event 1, a creation in public.orders at lsn 8, creates the row [1], which is there already.',
      operations: [0, 1],
    });
    expect(told([event('c', null, order(1, 1), 7), event('u', order(1, 5), order(1, 2), 8)])).toEqual({
      rule: 'before differs from the last after',
      explanation:
        'Event 1, an update in public.orders at lsn 8, says that the row [1] was {"id":1,"total":5}, ' +
        'but the change before left {"id":1,"total":1}.',
      operations: [0, 1],
    });
    expect(told([event('d', null, null, 7)])).toEqual({
      rule: 'change without its key',
      explanation:
        'Event 0, a deletion in public.orders at lsn 7, has no before with id ' +
        '(REPLICA IDENTITY NOTHING leaves it out; the row cannot be found).',
      operations: [0],
    });
    expect(told([event('c', null, { id: null, total: 1 }, 7)])).toMatchObject({
      rule: 'change without its key',
      explanation: 'Event 0, a creation in public.orders at lsn 7, has no after with id.',
    });
    expect(told([event('r', null, { id: 1 }, 7)], ['id', 'region'])).toMatchObject({
      explanation: 'Event 0, a read in public.orders at lsn 7, has no after with id, region.',
    });
    const placeless = { ...event('u', order(1, 1), order(1, 2), 7), source: { ...source(7), lsn: null } };
    expect(told([placeless])).toMatchObject({
      explanation: expect.stringContaining('an update in public.orders at lsn unknown, updates') as string,
    });
  });

  test('a row has the key that all its columns make', () => {
    const row = (id: number, region: string) => ({ id, region, total: 1 });
    const both = [event('c', null, row(1, 'eu'), 1), event('c', null, row(1, 'us'), 2)];
    expect(told(both, ['id', 'region'])).toBe('valid');
    expect(told(both)).toMatchObject({ rule: 'created twice' });
  });

  test('before may hold the key alone, and nulls for what it leaves out; but a key is never left out', () => {
    const created = event('c', null, order(1, 1), 1);
    expect(told([created, event('u', { id: 1, total: null }, order(1, 2), 2)])).toBe('valid');
    expect(told([created, event('u', null, order(1, 2), 2)])).toBe('valid');
    expect(told([created, event('u', { id: null, total: 1 }, order(1, 2), 2)])).toMatchObject({
      rule: 'before differs from the last after',
    });
  });

  test('messages say nothing of rows; a truncated table is empty; behind the first violation nothing is folded', () => {
    const created = event('c', null, order(1, 1), 1);
    expect(told([created, event('m', null, null, 2), event('u', order(1, 1), order(1, 2), 3)])).toBe('valid');
    const truncated = [created, event('t', null, null, 2)];
    expect(foldChanges(truncated).tables.get('public.orders')?.size).toBe(0);
    expect(told([...truncated, created, event('u', order(1, 1), order(1, 3), 4)])).toMatchObject({
      rule: 'change of a row that is not there',
    });
    expect(told([...truncated, event('c', null, order(1, 5), 3)])).toBe('valid');
    const broken = foldChanges([created, event('d', order(2, 1), null, 2), event('c', null, order(3, 1), 3)]);
    expect(broken.seen).toEqual({ events: 2, snapshots: 0, changes: 2, duplicates: 0, tombstones: 0 });
    expect([...(broken.tables.get('public.orders')?.keys() ?? [])]).toEqual(['[1]']);
  });

  test('an event that comes again is a duplicate, allowed or not', () => {
    const again = [...stream, { ...event('c', null, order(2, 21), 5), ts_ms: 77 }];
    expect(checkChanges(again)).toMatchObject({ verdict: 'valid', seen: { duplicates: 1 } });
    expect(checkChanges(again, { duplicates: 'forbidden' })).toMatchObject({
      verdict: 'invalid',
      violation: {
        rule: 'event delivered twice',
        explanation: 'Event 6 is the same as event 5: a creation in public.orders at lsn 5.',
        operations: [5, 6],
      },
    });
  });

  test('a truncation that comes again, with all that followed it, does not empty the table anew', () => {
    const suffix = [
      event('t', null, null, 6),
      event('c', null, order(3, 30), 7),
      event('u', order(3, 30), order(3, 31), 8),
    ];
    const { violation, tables } = foldChanges([...stream, ...suffix, ...suffix, event('d', order(3, 31), null, 9)]);
    expect(violation).toBeUndefined();
    expect(tables.get('public.orders')?.size).toBe(0);
  });

  test('what a snapshot has read may come again as a change; snapshots alone prove nothing', () => {
    expect(checkChanges([event('r', null, order(1, 1), 1), event('c', null, order(1, 1), 1)]).verdict).toBe('valid');
    expect(checkChanges([event('r', null, order(1, 1), 1)])).toEqual({
      verdict: 'unknown',
      reason: 'there was no change, only snapshots at most',
      seen: { events: 1, snapshots: 1, changes: 0, duplicates: 0, tombstones: 0 },
    });
  });

  test('whatever a table goes through, its changes are valid and fold to it; without one that matters they are not', () => {
    const step = fc.record({ id: fc.integer({ min: 1, max: 3 }), total: fc.nat(), remove: fc.boolean() });
    let broken = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), fc.nat(), (steps, place) => {
        const table = new Map<number, Row>();
        const events: ChangeEvent[] = [];
        for (const [lsn, { id, total, remove }] of steps.entries()) {
          const was = table.get(id);
          const becomes = { id, total: 1_000 * lsn + (total % 1_000) };
          if (was === undefined) events.push(event('c', null, becomes, lsn));
          else if (remove) events.push(event('d', was, null, lsn));
          else events.push(event('u', was, becomes, lsn));
          if (was !== undefined && remove) table.delete(id);
          else table.set(id, becomes);
        }
        expect(checkChanges(events).verdict).toBe('valid');
        const folded = [...(foldChanges(events).tables.get('public.orders')?.values() ?? [])];
        expect(new Set(folded)).toEqual(new Set(table.values()));
        const at = place % events.length;
        const key = events[at]?.after?.id ?? events[at]?.before?.id;
        const later = events.slice(at + 1).some(({ before, after }) => (after?.id ?? before?.id) === key);
        if (!later) return;
        broken++;
        expect(checkChanges(events.toSpliced(at, 1)).verdict).toBe('invalid');
      }),
      { seed: 1, numRuns: 2_000 },
    );
    expect(broken).toBeGreaterThan(500);
  });
});

const EXTERNAL = join(process.env.EXTERNAL_DATA ?? '../shared/data', 'debezium/postgres-products.jsonl');

test.skipIf(!existsSync(EXTERNAL))(
  `the recorded events in ${EXTERNAL} are read unchanged, and fold to the known table`,
  () => {
    const text = readFileSync(EXTERNAL, 'utf8');
    const events = read(text);
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    expect(events).toEqual(lines.map((line) => JSON.parse(line) as unknown));
    expect(checkChanges(events).verdict).toBe('valid');
    const rows = [...(foldChanges(events).tables.get('inventory.products')?.values() ?? [])];
    expect(rows.map(({ id }) => id).sort()).toEqual([101, 102, 103, 104, 105, 106, 107, 108, 109, 110]);
    expect(rows.find(({ id }) => id === 107)?.weight).toBe(5.1);
    expect(rows.find(({ id }) => id === 110)?.weight).toBe(0.5);
  },
);
