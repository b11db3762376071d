import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkLinearizability } from '../framework/checkers/linearizability.js';
import { decideKey } from '../framework/checkers/linearizability/decision.js';
import { groupByKey } from '../framework/checkers/linearizability/groups.js';
import type { Spec } from '../framework/checkers/spec.js';
import type { AnyOperation, Entry, History } from '../framework/history/entry.js';
import { operationsOf, type RecordedOperation } from '../framework/history/operations.js';
import { partialOrders } from '../framework/checkers/linearizability/partial-orders.js';
import { parseNotation, type NotationOptions } from '../framework/history/parse-notation.js';
import { printNotation } from '../framework/history/print-notation.js';
import { time } from '../framework/kernel/time.js';
import { bankAccount, type BankAccountOperation } from '../models/specs/bank-account.js';
import { counter, type CounterOperation } from '../models/specs/counter.js';
import { eventStream, eventStreamVocabulary, type EventStreamOperation } from '../models/specs/event-stream.js';
import { fifoQueue } from '../models/specs/fifo-queue.js';
import { keyValue, type KeyValueOperation } from '../models/specs/key-value.js';
import { register, type RegisterOperation } from '../models/specs/register.js';
import { isLegalInSomeOrder } from './fixtures/brute-force.js';
import { effort } from './fixtures/effort.js';
import { historyArbitrary } from './history-arbitrary.js';

const check = (drawing: string, configurationsMax?: number) =>
  checkLinearizability(
    parseNotation<KeyValueOperation>(drawing),
    keyValue,
    configurationsMax === undefined ? {} : { configurationsMax },
  );
const verdict = (drawing: string) => check(drawing).verdict;

function explanationOf(drawing: string): { explanation: string; operations: readonly number[] } {
  const result = check(drawing);
  if (result.verdict !== 'invalid') throw new Error(`expected an invalid history, got ${result.verdict}`);
  expect(result.violation.rule).toBe('not linearizable');
  return result.violation;
}

describe('a linearizable history is accepted', () => {
  test('when a read during a write returns the old value', () => {
    expect(
      verdict(`
        P0 |--put x 1--|  |----put x 2----|
        P1                  |--get x: 1--|
      `),
    ).toBe('valid');
  });

  test('when reads during a write see the old value first and then the new one', () => {
    expect(
      verdict(`
        P0 |--------------put x 1-------------------|
        P1   |--get x: nil--|      |--get x: 1--|
      `),
    ).toBe('valid');
  });

  test('when a write of unknown outcome takes effect long after its client gave up', () => {
    expect(
      verdict(`
        P0 |--put x 1--?
        P1                |--get x: nil--| |--put x 2--| |--get x: 2--| |--get x: 1--|
      `),
    ).toBe('valid');
  });

  test('when a write still open at the end is seen', () => {
    expect(
      verdict(`
        P0 |--put x 1------------------
        P1            |--get x: 1--|
      `),
    ).toBe('valid');
  });

  test('when a failed write is never seen', () => {
    expect(
      verdict(`
        P0 |--put x 1--!
        P1                |--get x: nil--|
      `),
    ).toBe('valid');
  });

  test('when only one of two orders of the same writes lets a read answer as it did', () => {
    expect(
      verdict(`
        P0 |------------put x 1------------------|
        P1 |---put x 2---|    |------get x: 1-------|
        P2                  |--------put x 2----------|
      `),
    ).toBe('valid');
  });

  test('when operations that touch at one instant count as overlapping', () => {
    expect(
      verdict(`
        P0 |--put x 1--|
        P1             |--get x: nil--|
      `),
    ).toBe('valid');
  });

  test('when keys are each in order but have no common order', () => {
    expect(
      verdict(`
        P0 |--put x 1--|  |--get y: nil----|
        P1 |--put y 1-----------|  |--get y: 1--|
      `),
    ).toBe('valid');
  });

  test('with hundreds of unanswered reads, at no cost', () => {
    const lost = Array.from({ length: 300 }, (_, index) => `P${index + 1} |--get x--?`).join('\n');
    const result = check(`${lost}\nP0 |--put x 1--| |--get x: 1--|`, 10);
    expect(result.verdict).toBe('valid');
  });

  test('with twenty identical unanswered writes, at little cost', () => {
    const lost = Array.from({ length: 20 }, (_, index) => `P${index + 1} |--append x 1--?`).join('\n');
    expect(check(`${lost}\nP0             |--get x: "111"--| |--get x: "11111"--|`, 100).verdict).toBe('valid');
  });
});

describe('a history that is not linearizable is rejected', () => {
  test('when a read misses a write that had completed', () => {
    const { explanation, operations } = explanationOf(`
      P0 |--put x 1--|                |--get x: 1--|
      P1                |--put x 2--|
      P2  |--get x: nil--|
    `);
    expect(explanation).toBe(
      'Key x: get x returned 1 (process 0, 32.000–45.000 ms), but put x 2 (process 1) had already completed at 30.000 ms ' +
        'and nothing led back to 1 after it. It could have returned 2. The longest legal order covers 3 of the 4 ' +
        'operations that had returned: get x: nil, put x 1, put x 2; state 2.',
    );
    expect(operations).toEqual([0, 3, 6]);
  });

  test('when a value is read that nobody wrote', () => {
    const { explanation, operations } = explanationOf(`
      P0 |--put x 1--|  |--get x: 7--|
    `);
    expect(explanation).toContain('no operation called before 31.000 ms can lead to that answer');
    expect(explanation).toContain('It could have returned 1.');
    expect(operations).toEqual([2]);
  });

  test('when a new value is seen and then the old one again', () => {
    const { operations } = explanationOf(`
      P0 |--------------put x 1---------------------------|
      P1   |--get x: 1--|      |--get x: nil--|
    `);
    expect(operations).toHaveLength(2);
  });

  test('when a failed write is seen', () => {
    expect(
      verdict(`
        P0 |--put x 1--!
        P1                |--get x: 1--|
      `),
    ).toBe('invalid');
  });

  test('when a write is seen before it is asked for', () => {
    expect(
      verdict(`
        P0                    |--put x 1--?
        P1  |--get x: 1--|
      `),
    ).toBe('invalid');
  });

  test('when an unanswered write is seen, overwritten, and seen again', () => {
    expect(
      verdict(`
        P0 |--put x 1--?
        P1     |--get x: 1--| |--put x 2--| |--get x: 1--|
      `),
    ).toBe('invalid');
  });

  test('when appended text is out of order', () => {
    const { explanation } = explanationOf(`
      P0 |--append x a--|                    |--get x: ba--|
      P1                  |--append x b--|
    `);
    expect(explanation).toContain('It could have returned ab.');
  });

  test('when two compare-and-swaps both win', () => {
    expect(
      checkLinearizability(
        parseNotation<RegisterOperation>(`
          P0 |--cas nil 1: true--|
          P1   |--cas nil 2: true--|
        `),
        register,
      ).verdict,
    ).toBe('invalid');
  });

  test('when an account is overdrawn, a count loses an addition, or two appends of events both win', () => {
    const account = parseNotation<BankAccountOperation>(`
      P0 |--deposit a 5--|   |--withdraw a 5: true--|
      P1                       |--withdraw a 1: true--|
    `);
    expect(checkLinearizability(account, bankAccount).verdict).toBe('invalid');
    const sum = parseNotation<CounterOperation>(
      `
      P0 |--add 1--|
      P1   |--add 2--|   |--read: 2--|
    `,
    );
    expect(checkLinearizability(sum, counter).verdict).toBe('invalid');
    const stream = parseNotation<EventStreamOperation>(
      `
      P0 |--append s 0 ["a"]: {"ok":true,"nextVersion":1}--|
      P1   |--append s 0 ["b"]: {"ok":true,"nextVersion":1}--|
    `,
      { vocabulary: eventStreamVocabulary },
    );
    expect(checkLinearizability(stream, eventStream).verdict).toBe('invalid');
  });
});

test('what is no specification is refused in words', () => {
  const step = () => ({ state: 0, result: null });
  for (const nothing of [{}, { initial: 0 }, { step }, null, undefined, 'register', step])
    expect(() => checkLinearizability([], nothing as unknown as typeof keyValue)).toThrow(
      /^a specification is needed: an object with `initial` and `step\(state, operation\)`$/,
    );
});

test('an operation that the specification does not know is named', () => {
  const history = parseNotation<CounterOperation>('P0 |--increment: 1--|');
  expect(() => checkLinearizability(history, counter)).toThrow(
    "the specification 'counter' does not know 'increment': its step returned undefined",
  );
});

test('each key is decided by the method that fits it, and what that cost is told', () => {
  const decide = (drawing: string, configurationsMax = 1_000) => {
    const [group] = groupByKey(parseNotation<KeyValueOperation>(drawing), keyValue).groups;
    if (group === undefined) throw new Error('no group');
    return decideKey(group, keyValue, { configurationsMax, frontierMax: 1_000 });
  };
  const unique = 'P0 |--put x 1--| |--get x: 1--|';
  expect(decide(unique)).toEqual({
    method: 'unique writes',
    outcome: { kind: 'legal', configurations: 0 },
  });
  expect(decide(unique.replace('get x: 1', 'get x: 2'))).toEqual({
    method: 'unique writes',
    outcome: { kind: 'illegal', stuckAt: 3 },
  });
  const twice = 'P0 |--put x 1--| |--put x 1--| |--get x: 1--|';
  expect(decide(twice)).toEqual({ method: 'frontier search', outcome: { kind: 'legal', configurations: 5 } });
  expect(decide(twice.replace('get x: 1', 'get x: 2'))).toEqual({
    method: 'frontier search',
    outcome: { kind: 'illegal', stuckAt: 5 },
  });
  expect(decide(twice, 1)).toEqual({
    method: 'frontier search',
    outcome: { kind: 'exhausted', stuckAt: 1, configurations: 2 },
  });
});

describe('a violation is told in full, with an order for each operation that has one', () => {
  const told = <S, O extends AnyOperation>(drawing: string, spec: Spec<S, O>, options: NotationOptions = {}) => {
    const history = parseNotation<O>(drawing, options);
    const result = checkLinearizability(history, spec);
    if (result.verdict !== 'invalid') throw new Error(result.verdict);
    const { explanation, operations, illegalPrefix, order } = result.violation;
    const all = operationsOf(history).map(({ index }) => index);
    const orders = [...partialOrders(history, spec, result.violation, all)].map(
      ([index, way]) => `${index}: ${way.join(' ')}`,
    );
    return [
      ...explanation.split(/(?<=\.) (?=[A-Z])/),
      `shown by ${operations.join(' ')}; illegal from entry ${illegalPrefix} on; longest order ${order.join(' ')}`,
      `orders ${orders.join('; ')}`,
    ];
  };

  test('a lost update, on one key of several', () => {
    expect(
      told(
        `
        P0 |--put x 1--| |--append x 2--|   |--get y: nil--|
        P1                                |--get x: 1--|     |--get x: "12"--|
        P2 |--put y 7--?
      `,
        keyValue,
      ),
    ).toMatchInlineSnapshot(`
      [
        "Key x: get x returned 1 (process 1, 34.000–47.000 ms), but append x 2 (process 0) had already completed at 32.000 ms and nothing led back to 1 after it.",
        "It could have returned "12".",
        "The longest legal order covers 2 of the 3 operations that had returned: put x 1, append x 2; state "12".",
        "shown by 0 4 6; illegal from entry 9 on; longest order 0 4",
        "orders 0: 0; 4: 0 4",
      ]
    `);
  });

  test('what nobody wrote, and what only a write of unknown outcome explains', () => {
    expect(told('P0 |--write 1--| |--read: 9--|', register)).toMatchInlineSnapshot(`
      [
        "read returned 9 (process 0, 17.000–29.000 ms), but no operation called before 29.000 ms can lead to that answer.",
        "It could have returned 1.",
        "The longest legal order covers 1 of the 2 operations that had returned: write 1; state 1.",
        "shown by 2; illegal from entry 4 on; longest order 0",
        "orders 0: 0",
      ]
    `);
    expect(
      told(
        `
        P0 |--write 1--|                |--read: 1--|
        P1               |--read: 2--|                 |--read: 2--|
        P2 |--write 2--?
      `,
        register,
      ),
    ).toMatchInlineSnapshot(`
      [
        "read returned 1 (process 0, 32.000–44.000 ms), but read: 2 (process 1) had already completed at 29.000 ms and nothing led back to 1 after it.",
        "It could have returned 2.",
        "The longest legal order covers 2 of the 3 operations that had returned: write 1, write 2, read: 2; state 2.",
        "shown by 0 4 6; illegal from entry 8 on; longest order 0 1 4",
        "orders 0: 0; 1: 0 1; 4: 0 1 4",
      ]
    `);
  });

  test('a comparison that could not have failed', () => {
    expect(told('P0 |--write 1--| |--cas 1 2: false--|', register)).toMatchInlineSnapshot(`
      [
        "cas 1 2 returned false (process 0, 17.000–36.000 ms), but write 1 (process 0) had already completed at 15.000 ms and nothing after it leads to that answer.",
        "It could have returned true.",
        "The longest legal order covers 1 of the 2 operations that had returned: write 1; state 1.",
        "shown by 0 2; illegal from entry 4 on; longest order 0",
        "orders 0: 0",
      ]
    `);
  });

  test('several answers that it could have had', () => {
    expect(
      told(
        `
        P0 |--write 1--|                |--read: 9--|
        P1                |------write 2-----------------|
        P2                |------write 3-----------------|
      `,
        register,
      ),
    ).toMatchInlineSnapshot(`
      [
        "read returned 9 (process 0, 32.000–44.000 ms), but no operation called before 44.000 ms can lead to that answer.",
        "It could have returned 1 or 2 or 3.",
        "The longest legal order covers 1 of the 2 operations that had returned: write 1; state 1.",
        "shown by 4; illegal from entry 6 on; longest order 0",
        "orders 0: 0; 2: 0 2; 3: 0 3",
      ]
    `);
    expect(
      told(
        `
        P0 |--write 1--|                |--read: 9--|
        P1                |------write 2-----------------|
        P2                |------write 3-----------------|
        P3                |------write 4-----------------|
        P4                |------write 5-----------------|
        P5                |------write 6-----------------|
      `,
        register,
      ),
    ).toMatchInlineSnapshot(`
      [
        "read returned 9 (process 0, 32.000–44.000 ms), but no operation called before 44.000 ms can lead to that answer.",
        "The longest legal order covers 1 of the 2 operations that had returned: write 1; state 1.",
        "shown by 7; illegal from entry 9 on; longest order 0",
        "orders 0: 0; 2: 0 2; 3: 0 3; 4: 0 4; 5: 0 5; 6: 0 6",
      ]
    `);
  });

  test('many operations that it takes', () => {
    expect(
      told(
        `
        P0 ${'|--add 1--| '.repeat(10)}|--read: 4--|
      `,
        counter,
      ),
    ).toMatchInlineSnapshot(`
      [
        "read returned 4 (process 0, 123.000–135.000 ms), but no order of the operations explains that answer together with add 1 (process 0, 63.000–73.000 ms), add 1 (process 0, 75.000–85.000 ms), add 1 (process 0, 87.000–97.000 ms), add 1 (process 0, 99.000–109.000 ms), add 1 (process 0, 111.000–121.000 ms).",
        "It could have returned 10.",
        "The longest legal order covers 10 of the 11 operations that had returned: …, add 1, add 1, add 1, add 1, add 1, add 1; state 10.",
        "shown by 10 12 14 16 18 20; illegal from entry 22 on; longest order 0 2 4 6 8 10 12 14 16 18",
        "orders 0: 0; 2: 0 2; 4: 0 2 4; 6: 0 2 4 6; 8: 0 2 4 6 8; 10: 0 2 4 6 8 10; 12: 0 2 4 6 8 10 12; 14: 0 2 4 6 8 10 12 14; 16: 0 2 4 6 8 10 12 14 16; 18: 0 2 4 6 8 10 12 14 16 18",
      ]
    `);
  });

  test('more operations than are listed, answers than are told, and one that nobody answered', () => {
    expect(told(`P0 ${'|--add 1--| '.repeat(14)}|--read: 9--|`, counter).slice(0, 1)).toMatchInlineSnapshot(`
      [
        "read returned 9 (process 0, 171.000–183.000 ms), but no order of the operations explains that answer together with add 1 (process 0, 75.000–85.000 ms), add 1 (process 0, 87.000–97.000 ms), add 1 (process 0, 99.000–109.000 ms), add 1 (process 0, 111.000–121.000 ms), add 1 (process 0, 123.000–133.000 ms), add 1 (process 0, 135.000–145.000 ms), add 1 (process 0, 147.000–157.000 ms), add 1 (process 0, 159.000–169.000 ms), and 2 earlier operations.",
      ]
    `);
    expect(
      told(
        `
        P0 |--write 1--|                |--read: 9--|
        P1                |------write 2-----------------|
        P2                |------write 3-----------------|
        P3                |------write 4-----------------|
      `,
        register,
      ).slice(1, 2),
    ).toMatchInlineSnapshot(`
      [
        "It could have returned 1 or 2 or 3 or 4.",
      ]
    `);
    expect(
      told(
        `
        P0 |--enqueue 1--?
        P1                   |--dequeue: 1--| |--dequeue: 1--|
      `,
        fifoQueue,
        { vocabulary: { enqueue: 'value', dequeue: '' } },
      ),
    ).toMatchInlineSnapshot(`
      [
        "dequeue returned 1 (process 1, 38.000–53.000 ms), but no order of the operations explains that answer together with dequeue: 1 (process 1, 21.000–36.000 ms).",
        "It could have returned nil.",
        "The longest legal order covers 1 of the 2 operations that had returned: enqueue 1, dequeue: 1; state [].",
        "shown by 2 4; illegal from entry 6 on; longest order 0 2",
        "orders 0: 0; 2: 0 2",
      ]
    `);
  });

  test('a queue that forgets who was first', () => {
    expect(
      told(
        `
        P0 |--enqueue 1--| |--enqueue 2--| |--dequeue: 2--|
        P1                                                   |--dequeue: 1--|
      `,
        fifoQueue,
        { vocabulary: { enqueue: 'value', dequeue: '' } },
      ),
    ).toMatchInlineSnapshot(`
      [
        "dequeue returned 2 (process 0, 35.000–50.000 ms), but no order of the operations explains that answer together with enqueue 1 (process 0, 3.000–17.000 ms), enqueue 2 (process 0, 19.000–33.000 ms).",
        "It could have returned 1.",
        "The longest legal order covers 2 of the 3 operations that had returned: enqueue 1, enqueue 2; state [1,2].",
        "shown by 0 2 4; illegal from entry 6 on; longest order 0 2",
        "orders 0: 0; 2: 0 2",
      ]
    `);
  });

  test('a long state is shown by its end', () => {
    const value = 'abcdefghijklmnopqrstuvwxyz'.repeat(8);
    expect(told(`P0 |--put x ${value}--| |--append x 1--| |--get x: 2--|`, keyValue)).toMatchInlineSnapshot(`
      [
        "Key x: get x returned 2 (process 0, 241.000–254.000 ms), but no operation called before 254.000 ms can lead to that answer.",
        "It could have returned …lmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz1.",
        "The longest legal order covers 2 of the 3 operations that had returned: put x abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzab…, append x 1; state …lmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz1.",
        "shown by 4; illegal from entry 6 on; longest order 0 2",
        "orders 0: 0; 2: 0 2",
      ]
    `);
  });

  test('states that are no plain data, and operations that overlap', () => {
    type MapOperation = { readonly kind: 'put'; readonly key: string } | { readonly kind: 'size' };
    const sizes: Spec<ReadonlyMap<string, number>, MapOperation> = {
      name: 'map',
      initial: new Map(),
      step: (state, operation) =>
        operation.kind === 'size'
          ? { state, result: state.size }
          : { state: new Map(state).set(operation.key, 1), result: null },
      equal: (one, other) => [...one.keys()].sort().join() === [...other.keys()].sort().join(),
      hash: (state) => state.size,
    };
    expect(
      told(
        `
        P0 |--put a--|  |--put a--|
        P1   |--put b--|             |--size: 3--|
        P2      |--size: 1--|
      `,
        sizes,
        { vocabulary: { put: 'key', size: '' } },
      ),
    ).toMatchInlineSnapshot(`
      [
        "size returned 3 (process 1, 29.000–41.000 ms), but no operation called before 41.000 ms can lead to that answer.",
        "It could have returned 2.",
        "The longest legal order covers 4 of the 5 operations that had returned: put b, size: 1, put a, put a; state [["b",1],["a",1]].",
        "shown by 8; illegal from entry 10 on; longest order 1 2 0 5",
        "orders 1: 1; 2: 1 2; 0: 1 2 0; 5: 1 2 0 5",
      ]
    `);
  });
});

describe('the verdict is unknown', () => {
  test('when nothing that was returned depends on the state', () => {
    const result = check(`
      P0 |--put x 1--|  |--get x--?
      P1   |--put x 2--|
    `);
    expect(result).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('nothing was observed') as string,
    });
  });

  describe('when no answer could have been another', () => {
    type Lever = { readonly kind: 'pull' } | { readonly kind: 'look' };
    const lever = (up: unknown, results: 'nil' | 'state'): Spec<boolean, Lever> => ({
      initial: false,
      step: (state, { kind }) =>
        kind === 'pull'
          ? { state: true, result: null }
          : { state, result: results === 'nil' ? null : state ? up : null },
    });
    const history = (...kinds: readonly Lever['kind'][]): Entry<Lever>[] =>
      kinds.flatMap((kind, process): Entry<Lever>[] => [
        { type: 'invoke', process, time: time(2 * process), operation: { kind } },
        { type: 'ok', process, time: time(2 * process + 1), result: null },
      ]);
    const judged = (spec: Spec<boolean, Lever>, ...kinds: readonly Lever['kind'][]) =>
      checkLinearizability(history(...kinds), spec).verdict;

    test('what changes no state is taken for a read, unless the specification says which reads there are', () => {
      expect(judged(lever('up', 'state'), 'pull', 'pull')).toBe('unknown');
      expect(judged(lever('up', 'state'), 'look', 'pull')).toBe('valid');
      const told = { ...lever('up', 'state'), readOnly: ({ kind }: Lever) => kind === 'look' };
      expect(judged(told, 'look', 'pull')).toBe('valid');
      expect(judged(told, 'pull', 'pull')).toBe('unknown');
      expect(judged({ ...told, readOnly: () => false }, 'look', 'pull')).toBe('unknown');
    });

    test('an answer that is more than nil told something', () => {
      const loud: Spec<number, { readonly kind: 'count' }> = {
        initial: 0,
        step: (state) => ({ state: state + 1, result: state + 1 }),
        readOnly: () => false,
      };
      const counted = (...results: readonly (number | null)[]): Entry<{ readonly kind: 'count' }>[] =>
        results.flatMap((result, process): Entry<{ readonly kind: 'count' }>[] => [
          { type: 'invoke', process, time: time(2 * process), operation: { kind: 'count' } },
          { type: 'ok', process, time: time(2 * process + 1), result },
        ]);
      expect(checkLinearizability(counted(1), loud).verdict).toBe('valid');
      const shy: typeof loud = { ...loud, step: (state) => ({ state: state + 1, result: state === 1 ? 1 : null }) };
      expect(checkLinearizability(counted(null), shy).verdict).toBe('unknown');
      expect(checkLinearizability(counted(null, 1), shy).verdict).toBe('valid');
    });
  });

  test('when the history is empty', () => {
    expect(checkLinearizability([], keyValue).verdict).toBe('unknown');
  });

  test('when the bound is reached, and the reason says what was established', () => {
    const result = check(
      `
      P0 |--put x 1--| |------append x a------|  |--get x: "1dcba"--|
      P1               |------append x b------|
      P2               |------append x c------|
      P3               |------append x d------|
      P4 |--put y 1--| |--get y: 1--|
    `,
      5,
    );
    expect(result).toMatchObject({
      verdict: 'unknown',
      reason:
        'the search for key x was given up after 7 configurations: a legal order was found for the operation that had ' +
        'returned before 40.000 ms; raise configurationsMax or frontierMax, or use more keys or fewer clients; ' +
        'the other key is linearizable',
    });
    expect(check('P0 |--put x 1--| |--put x 1--| |--get x: 1--|', 1)).toMatchObject({
      reason: expect.stringMatching(/or fewer clients$/) as string,
    });
  });

  test('never when another key is illegal', () => {
    const result = check(
      `
      P0 |--put x 1--| |------append x a------|  |--get x: "1cba"--| 
      P1               |------append x b------|
      P2               |------append x c------|
      P4 |--put y 1--| |--get y: 2--|
    `,
      3,
    );
    expect(result.verdict).toBe('invalid');
  });
});

test('what was seen is counted', () => {
  const { seen } = check(`
    P0 |--put x 1--|  |--get y: nil--|
    P1   |--put x 2--?
    P2    |--put x 3--!
  `);
  expect(seen).toEqual({ operations: 4, completed: 2, info: 1, keys: 2, concurrencyMax: 3 });
});

describe('on random histories', () => {
  const small = historyArbitrary({ operationsMax: 6, clients: 3, keys: ['x', 'y'] });

  test('the answer is that of trying every order', () => {
    const tally = { valid: 0, invalid: 0, unknown: 0 };
    fc.assert(
      fc.property(small, (history) => {
        const result = checkLinearizability(history, keyValue);
        tally[result.verdict]++;
        const legal = isLegalInSomeOrder(history, keyValue);
        expect(result.verdict === 'invalid', printNotation(history)).toBe(!legal);
      }),
      { seed: 1, numRuns: effort(6_000) },
    );
    expect(Math.min(tally.valid, tally.invalid, tally.unknown), JSON.stringify(tally)).toBeGreaterThan(effort(300));
  });

  test('the answer is that of trying every order when four clients crowd one key', () => {
    let invalid = 0;
    fc.assert(
      fc.property(historyArbitrary({ operationsMax: 8, clients: 4, keys: ['x'] }), (history) => {
        const legal = isLegalInSomeOrder(history, keyValue);
        if (!legal) invalid++;
        expect(checkLinearizability(history, keyValue).verdict === 'invalid', printNotation(history)).toBe(!legal);
      }),
      { seed: 5, numRuns: effort(8_000) },
    );
    expect(invalid).toBeGreaterThan(effort(1_000));
  });

  test('the answer does not depend on knowing the reads, nor on judging keys apart', () => {
    const unhelpful: typeof keyValue = { ...keyValue, readOnly: () => false };
    const whole: Spec<Readonly<Record<string, typeof keyValue.initial>>, KeyValueOperation> = {
      name: 'all keys at once',
      initial: {},
      step(state, operation) {
        const stepped = keyValue.step(state[operation.key] ?? null, operation);
        return { state: { ...state, [operation.key]: stepped.state }, result: stepped.result };
      },
    };
    const larger = historyArbitrary({ operationsMax: 12, clients: 4, keys: ['x', 'y'] });
    fc.assert(
      fc.property(larger, (history) => {
        const invalid = checkLinearizability(history, keyValue).verdict === 'invalid';
        expect(checkLinearizability(history, unhelpful).verdict === 'invalid').toBe(invalid);
        expect(checkLinearizability(history, whole).verdict === 'invalid').toBe(invalid);
      }),
      { seed: 2, numRuns: effort(3_000) },
    );
  });

  test('leaving out a completed read never makes a legal history illegal', () => {
    fc.assert(
      fc.property(historyArbitrary({ operationsMax: 12, clients: 4, keys: ['x'] }), (history) => {
        fc.pre(checkLinearizability(history, keyValue).verdict === 'valid');
        for (const { index, operation, outcome } of operationsOf(history)) {
          if (operation.kind !== 'get' || outcome.kind !== 'ok') continue;
          expect(checkLinearizability(without(history, [index]), keyValue).verdict).not.toBe('invalid');
        }
      }),
      { seed: 3, numRuns: effort(1_000) },
    );
  });

  test('other names for processes and values change nothing', () => {
    // Digit by digit, so that what is appended to a text is renamed as the text is.
    const renamed = (value: unknown): unknown =>
      typeof value === 'number'
        ? Number(renamed(String(value)))
        : typeof value === 'string'
          ? value.replaceAll('1', '7').replaceAll('2', '9')
          : value;
    fc.assert(
      fc.property(historyArbitrary({ operationsMax: 12, clients: 4, keys: ['x', 'y'] }), (history) => {
        const other = history.map((entry): Entry<KeyValueOperation> => {
          const process = 7 * entry.process + 3;
          if (entry.type === 'ok') return { ...entry, process, result: renamed(entry.result) };
          if (entry.type !== 'invoke') return { ...entry, process };
          const fields = Object.entries(entry.operation).map(([name, value]) => [
            name,
            name === 'key' || name === 'kind' ? value : renamed(value),
          ]);
          return { ...entry, process, operation: Object.fromEntries(fields) as KeyValueOperation };
        });
        expect(checkLinearizability(other, keyValue).verdict).toBe(checkLinearizability(history, keyValue).verdict);
      }),
      { seed: 6, numRuns: effort(2_000) },
    );
  });

  test('an operation that returns earlier, or is called later, never makes an illegal history legal', () => {
    let shortened = 0;
    fc.assert(
      fc.property(historyArbitrary({ operationsMax: 12, clients: 4, keys: ['x'] }), fc.nat(), (history, place) => {
        fc.pre(history.length > 1 && checkLinearizability(history, keyValue).verdict === 'invalid');
        const at = 1 + (place % (history.length - 1));
        const [before, here] = [history[at - 1], history[at]];
        // A return moves up before a call, or, which is the same, a call moves down behind a return.
        if (before === undefined || here === undefined || before.process === here.process) return;
        if (before.type !== 'invoke' || here.type === 'invoke') return;
        const shorter = history.with(at - 1, { ...here, time: before.time }).with(at, { ...before, time: here.time });
        shortened++;
        expect(checkLinearizability(shorter, keyValue).verdict, printNotation(history)).toBe('invalid');
      }),
      { seed: 7, numRuns: effort(2_000) },
    );
    expect(shortened).toBeGreaterThan(effort(200));
  });

  test('the operations named by a violation are illegal by themselves, and the prefix before the culprit is not', () => {
    let invalid = 0;
    fc.assert(
      fc.property(historyArbitrary({ operationsMax: 14, clients: 4, keys: ['x', 'y'] }), (history) => {
        const result = checkLinearizability(history, keyValue);
        if (result.verdict !== 'invalid') return;
        invalid++;
        const { operations } = result.violation;
        const others = operationsOf(history).filter(({ index }) => !operations.includes(index));
        const named = without(
          history,
          others.map(({ index }) => index),
        );
        expect(checkLinearizability(named, keyValue).verdict, printNotation(history)).toBe('invalid');
        const culprit = operationsOf(history).find(({ index }) => index === operations.at(-1));
        const before = history
          .slice(0, culprit?.returnIndex ?? 0)
          .filter(
            (_, index) => !others.some((one) => one.operation.key !== culprit?.operation.key && owns(one, index)),
          );
        expect(checkLinearizability(before, keyValue).verdict, printNotation(history)).not.toBe('invalid');
      }),
      { seed: 4, numRuns: effort(2_000) },
    );
    expect(invalid).toBeGreaterThan(effort(300));
  });
});

const owns = ({ index, returnIndex }: RecordedOperation, entry: number): boolean =>
  entry === index || entry === returnIndex;

/** The history without the operations invoked at `indices`. */
function without<O extends AnyOperation>(history: History<O>, indices: readonly number[]): History<O> {
  const gone = operationsOf(history).filter(({ index }) => indices.includes(index));
  return history.filter((_, index) => !gone.some((operation) => owns(operation, index)));
}
