/** Sequential consistency: against its definition, for every specification, and in words. */
import { describe, expect, test } from 'vitest';
import {
  checkConsistency,
  checkLinearizability,
  checkSequentialConsistency,
  equal,
  operationsOf,
  parseNotation,
  printNotation,
  type AnyOperation,
  type History,
  type RecordedOperation,
  type Spec,
} from 'faultline';
import { keyValue, register, type KeyValueOperation, type RegisterOperation } from 'faultline/models';
import { nameOf } from '../framework/checkers/spec.js';
import { searchInterleaving } from '../framework/checkers/sequential/interleaving-search.js';
import { families, smallHistory } from './fixtures/checker-families.js';
import { effort } from './fixtures/effort.js';
import { syntheticHistory } from './fixtures/synthetic-history.js';

/** The definition: every interleaving of all completed and any of the other operations is tried. */
function hasInterleaving<State, O extends AnyOperation>(history: History<O>, spec: Spec<State, O>): boolean {
  const processes = new Map<number, RecordedOperation<O>[]>();
  for (const one of operationsOf(history))
    if (one.outcome.kind !== 'fail') processes.set(one.process, [...(processes.get(one.process) ?? []), one]);
  const explore = (left: readonly (readonly RecordedOperation<O>[])[], states: ReadonlyMap<string, State>): boolean =>
    left.every((own) => own.every(({ outcome }) => outcome.kind !== 'ok')) ||
    left.some(([first, ...rest], process) => {
      if (first === undefined) return false;
      const key = spec.partition?.(first.operation) ?? '';
      const { state, result } = spec.step(states.get(key) ?? spec.initial, first.operation);
      if (first.outcome.kind === 'ok' && !equal(result, first.outcome.result)) return false;
      return explore(left.with(process, rest), new Map(states).set(key, state));
    });
  return explore([...processes.values()], new Map());
}

describe('the answer is that of trying every interleaving', () => {
  for (const [place, one] of families.entries())
    test(`${nameOf(one.spec)} (${place + 1})`, () => {
      const counts = { legal: 0, illegal: 0, stale: 0 };
      for (let seed = 0; seed < effort(1_000); seed++) {
        const history = smallHistory(one, 50_000 + seed, 7);
        const legal = hasInterleaving(history, one.spec);
        const result = checkSequentialConsistency(history, one.spec);
        counts[legal ? 'legal' : 'illegal']++;
        if (legal && checkLinearizability(history, one.spec).verdict === 'invalid') counts.stale++;
        expect(result.verdict === 'invalid', `seed ${seed}\n${printNotation(history)}`).toBe(!legal);
        if (result.verdict !== 'invalid' || result.method !== 'interleavings') continue;
        // What is named is illegal by itself.
        const { operations } = result.violation;
        const others = operationsOf(history).filter(({ index }) => !operations.includes(index));
        const named = history.filter((_, at) => !others.some((op) => op.index === at || op.returnIndex === at));
        expect(hasInterleaving(named, one.spec), printNotation(named)).toBe(false);
      }
      expect(Math.min(counts.legal, counts.illegal), JSON.stringify(counts)).toBeGreaterThan(effort(20));
    });
});

/** By family: interleavings found, configurations, operations placed, blocked, and blocked by what they would overwrite. */
const COSTS: readonly (readonly number[])[] = [
  [95, 1574, 360, 386, 161],
  [116, 472, 135, 482, 257],
  [114, 1842, 271, 432, 170],
  [92, 1544, 400, 375, 144],
  [98, 710, 301, 390, 0],
  [95, 743, 306, 375, 0],
  [114, 2998, 446, 330, 0],
  [90, 297, 339, 386, 0],
  [86, 577, 419, 347, 0],
  [90, 1652, 433, 349, 0],
];

describe('what the search costs is pinned, so that a lost pruning shows', () => {
  for (const [place, one] of families.entries())
    test(`${nameOf(one.spec)} (${place + 1})`, () => {
      const sums = { found: 0, configurations: 0, placed: 0, blocked: 0, overwriting: 0 };
      for (let seed = 0; seed < 150; seed++) {
        const operations = operationsOf(smallHistory(one, 90_000 + seed, 12)).filter(
          ({ outcome }) => outcome.kind !== 'fail',
        );
        const { kind, configurations, longest, blocked } = searchInterleaving(operations, one.spec, 300);
        if (kind === 'found') sums.found++;
        sums.configurations += configurations;
        sums.placed += longest.length;
        sums.blocked += blocked.length;
        sums.overwriting += blocked.filter(({ overwrites }) => overwrites !== undefined).length;
      }
      expect(Object.values(sums)).toEqual(COSTS[place]);
    });

  test('with the order that saturation finds, bounds decide later or not at all', () => {
    const [, unique] = families;
    if (unique === undefined) throw new Error('no family');
    const methods = { linearizability: 0, saturation: 0, interleavings: 0 };
    let cost = 0;
    for (let seed = 0; seed < 150; seed++) {
      const history = smallHistory(unique, 90_000 + seed, 16);
      const decided = (bound: number) => checkSequentialConsistency(history, unique.spec, { configurationsMax: bound });
      let bound = 1;
      while (decided(bound).verdict === 'unknown' && bound < 60) bound++;
      cost += bound;
      methods[decided(bound).method]++;
    }
    expect({ ...methods, cost }).toEqual({ linearizability: 99, saturation: 29, interleavings: 22, cost: 707 });
  });
});

const check = (drawing: string) => checkSequentialConsistency(parseNotation<KeyValueOperation>(drawing), keyValue);

test('a stale read is allowed, and decided by interleavings', () => {
  expect(
    check(`
      P0 |--put x 1--| |--put x 2--|
      P1                             |--get x: 1--| |--get x: 2--|
    `),
  ).toMatchObject({ verdict: 'valid', method: 'interleavings' });
});

test('what is not even causal is told in the words of causality', () => {
  const result = check(`
    P0 |--put x 1--| |--put x 2--|
    P1                             |--get x: 2--| |--get x: 1--|
  `);
  expect(result).toMatchObject({ verdict: 'invalid', method: 'saturation' });
  if (result.verdict === 'invalid') expect(result.violation.rule).toBe('monotonic reads');
});

test("Dekker's two flags: both processes missed the other's write", () => {
  const result = check(`
    P0 |--put x 1--| |--get y: nil--|
    P1 |--put y 1--| |--get x: nil--|
    P2 |--get z: nil--|
  `);
  expect(result).toMatchObject({ verdict: 'invalid', method: 'saturation' });
  if (result.verdict !== 'invalid') return;
  expect(result.violation.rule).toBe('not sequentially consistent');
  expect(result.violation.operations).toEqual([0, 1, 5, 6]);
  expect(result.violation.explanation).toMatch(
    /A comes before B, because that overwrites what it returned; C comes before D, because that overwrites what it returned; and D, then A, before B by what A returned, then C, before D by what C returned\. A: get y: nil/,
  );
});

describe('what only trying shows is told by the longest interleaving and by what could not follow', () => {
  const searched = (drawing: string) => checkSequentialConsistency(parseNotation<RegisterOperation>(drawing), register);

  test('an answer that does not fit', () => {
    expect(
      searched(`
        P0 |--write 1--| |--read: 2--| |--write 3--|
        P1 |--write 2--| |--cas 3 1: true--|  |--read: 2--|
      `),
    ).toEqual({
      verdict: 'invalid',
      violation: {
        rule: 'not sequentially consistent',
        explanation:
          'no interleaving of the processes explains these 5 operations, whatever the other 1 returned: the longest ' +
          'legal one places 4 of them (write 1, write 2, write 3, cas 3 1: true), and then read: 2 ' +
          '(process 1, 38.000 ms) would have returned 1.',
        operations: [0, 1, 5, 7, 9],
      },
      seen: { operations: 6, completed: 6, info: 0, keys: 1, concurrencyMax: 2 },
      method: 'interleavings',
    });
  });

  test('nothing to leave out, failed and unanswered operations', () => {
    const result = searched(`
      P0 |--write 1--| |--cas 1 2: true--| |--read: 1--|
      P1 |--write 7--!
      P2 |--write 5--?
    `);
    if (result.verdict !== 'invalid') throw new Error(result.verdict);
    expect(result.violation.explanation).toMatch(
      /^no interleaving of the processes explains the 4 operations: the longest legal one places \d of them \(.*\), and then read: 1 \(process 0, .* ms\) would have returned [25]\.$/,
    );
    expect(result.violation.operations).toHaveLength(4);
  });

  test('a write of unknown outcome may explain an answer', () => {
    expect(
      searched(`
        P0 |--write 1--| |--cas 1 2: true--| |--read: 5--|
        P2 |--write 5--?
      `).verdict,
    ).toBe('valid');
  });
});

test('keys cannot be judged one by one', () => {
  const drawing = `
    P0 |--put x 1--| |--get y: nil--|
    P1 |--put y 1--| |--get x: nil--|
  `;
  for (const key of ['x', 'y']) {
    const history = parseNotation<KeyValueOperation>(drawing);
    const others = operationsOf(history).filter(({ operation }) => operation.key !== key);
    const alone = history.filter((_, at) => !others.some((one) => one.index === at || one.returnIndex === at));
    expect(checkSequentialConsistency(alone, keyValue).verdict).toBe('valid');
  }
  expect(check(drawing).verdict).toBe('invalid');
});

test('nothing observed, and a bound reached, are unknown', () => {
  expect(check('P0 |--put x 1--|').verdict).toBe('unknown');
  const stale = parseNotation<KeyValueOperation>(`
    P0 |--put x 1--| |--put x 2--|
    P1                             |--get x: 1--| |--get x: 2--|
  `);
  const bounded = checkSequentialConsistency(stale, keyValue, { configurationsMax: 1 });
  expect(bounded).toMatchObject({ verdict: 'unknown', method: 'interleavings' });
  if (bounded.verdict === 'unknown')
    expect(bounded.reason).toMatch(/given up after 1 configurations; .* of 4 operations/);
});

test('long histories that are nearly in the order of time are decided', () => {
  const history = syntheticHistory(register, {
    seed: 'sequential',
    operations: effort(20_000),
    processes: 5,
    operation: (random, place) => random.pick([{ kind: 'read' }, { kind: 'write', value: place }] as const),
  });
  // Each process reads once more, long after, what it saw first: stale for the others, and in order for itself.
  const last = history.at(-1)?.time;
  if (last === undefined) throw new Error('no history');
  const late = [
    { type: 'invoke', process: 99, time: last, operation: { kind: 'read' } },
    { type: 'ok', process: 99, time: last, result: null },
  ] as const;
  expect(checkLinearizability([...history, ...late], register).verdict).toBe('invalid');
  expect(checkSequentialConsistency([...history, ...late], register)).toMatchObject({
    verdict: 'valid',
    method: 'interleavings',
  });
});

test('each model allows what the stronger ones allow', () => {
  const [, unique] = families;
  if (unique === undefined) throw new Error('no family');
  const counts = { linearizable: 0, sequential: 0, weaker: 0 };
  const stronger = [
    ['causal memory', 'PRAM'],
    ['causal memory', 'causal consistency'],
    ['causal convergence', 'causal consistency'],
  ] as const;
  for (let seed = 0; seed < effort(2_000); seed++) {
    const history = smallHistory(unique, seed, 10);
    const allowed = (model: 'PRAM' | 'causal memory' | 'causal consistency' | 'causal convergence'): boolean =>
      checkConsistency(history, unique.spec, model).verdict !== 'invalid';
    const sequential = checkSequentialConsistency(history, unique.spec).verdict !== 'invalid';
    if (checkLinearizability(history, unique.spec).verdict !== 'invalid') {
      counts.linearizable++;
      expect(sequential).toBe(true);
    }
    if (sequential) {
      counts.sequential++;
      expect([allowed('causal memory'), allowed('causal convergence')], `seed ${seed}`).toEqual([true, true]);
    }
    for (const [strong, weak] of stronger)
      if (allowed(strong)) {
        if (!sequential) counts.weaker++;
        expect(allowed(weak), `seed ${seed}: ${strong} allows it, ${weak} does not`).toBe(true);
      }
  }
  expect(counts.sequential).toBeGreaterThan(counts.linearizable);
});
