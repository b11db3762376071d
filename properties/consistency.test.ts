/** Consistency weaker than linearizability: against the definitions, and in the words that tell what was broken. */
import { describe, expect, test } from 'vitest';
import {
  checkConsistency,
  operationsOf,
  parseNotation,
  printNotation,
  type ConsistencyModel,
  type Entry,
  type SessionGuarantee,
} from 'faultline';
import { counter, keyValue, type CounterOperation, type KeyValueOperation } from 'faultline/models';
import { randomStream } from '../framework/kernel/random.js';
import { time } from '../framework/kernel/time.js';
import { isAllowed } from './fixtures/consistency-by-definition.js';
import { effort } from './fixtures/effort.js';
import { syntheticHistory } from './fixtures/synthetic-history.js';

const RYW = 'read your writes';
const MR = 'monotonic reads';
const MW = 'monotonic writes';
const WFR = 'writes follow reads';
const FOUR: readonly SessionGuarantee[] = [RYW, MR, MW, WFR];

/** Reads and writes one after the other; what a read saw is drawn at random from what is ever written to its key. */
function anyHistory(seed: number): Entry<KeyValueOperation>[] {
  const random = randomStream(String(seed), 'accesses');
  const processes = random.between(2, 3);
  const keys = random.pick([['x'], ['x', 'y']]);
  const drawn = Array.from({ length: random.between(3, 7) }, (_, place) => ({
    process: random.below(processes),
    key: random.pick(keys),
    value: place + 1,
    write: random.below(2) === 0,
  }));
  return drawn.flatMap(({ process, key, value, write }, place): Entry<KeyValueOperation>[] => {
    const seen = random.pick([null, ...drawn.flatMap((one) => (one.write && one.key === key ? [one.value] : []))]);
    return [
      {
        type: 'invoke',
        process,
        time: time(2 * place),
        operation: write ? { kind: 'put', key, value } : { kind: 'get', key },
      },
      { type: 'ok', process, time: time(2 * place + 1), result: write ? null : seen },
    ];
  });
}

const invalid = (history: readonly Entry<KeyValueOperation>[], model: ConsistencyModel): boolean =>
  checkConsistency(history, keyValue, model).verdict === 'invalid';

describe('the answer is that of the definition', () => {
  const models: readonly (readonly [ConsistencyModel, number])[] = [
    ['PRAM', 0],
    ['causal consistency', 1],
    ['causal memory', 2],
    ['causal convergence', 3],
    [[RYW, MW], 4],
    [[RYW, WFR], 5],
    [[MR], 6],
    [[MR, MW], 7],
    [[MR, WFR], 8],
    [[RYW, MR], 9],
    [[RYW, MW, WFR], 10],
    [FOUR, 11],
  ];
  for (const [model, salt] of models)
    test(typeof model === 'string' ? model : model.join(', '), () => {
      const counts = { allowed: 0, forbidden: 0 };
      for (let seed = 0; seed < effort(3_000); seed++) {
        const history = anyHistory(100_000 * salt + seed);
        const allowed = isAllowed(history, model);
        counts[allowed ? 'allowed' : 'forbidden']++;
        expect(invalid(history, model), `seed ${seed}\n${printNotation(history)}`).toBe(!allowed);
      }
      expect(Math.min(counts.allowed, counts.forbidden), JSON.stringify(counts)).toBeGreaterThan(effort(100));
    });
});

const check = (drawing: string, model: ConsistencyModel) =>
  checkConsistency(parseNotation<KeyValueOperation>(drawing), keyValue, model);

describe('a violation names the guarantee and the operations that show it', () => {
  const cases: readonly (readonly [
    rule: string,
    brokenIn: ConsistencyModel,
    fineIn: ConsistencyModel | undefined,
    drawing: string,
    explanation: RegExp,
    operations: number,
  ])[] = [
    [
      RYW,
      [RYW],
      [MR, MW, WFR],
      'P0 |--put x 1--| |--get x: nil--|',
      /^A returned the initial value, although B was visible to it: B, then A\. A: get x: nil \(process 0, .* ms\); B: put x 1 \(process 0, .* ms\)\.$/,
      2,
    ],
    [
      RYW,
      'PRAM',
      [RYW, MR],
      'P0 |--put x 1--| |--put x 2--| |--get x: 1--|',
      /^A returned what B wrote, although C overwrites it \(B, then C\) and was visible to it \(C, then A\)\. A: get x: 1 .*; B: put x 1 .*; C: put x 2/,
      3,
    ],
    [
      MR,
      [MR, MW],
      [RYW, MW, WFR],
      `
        P0 |--put x 1--| |--put x 2--|
        P1                             |--get x: 2--| |--get x: 1--|
      `,
      /\(C, seen by D, then A\)/,
      4,
    ],
    [
      MR,
      'causal memory',
      'causal consistency',
      `
        P0 |--put x 1--|
        P1 |--put x 2--|
        P2                |--get x: 1--| |--get x: 2--| |--get x: 1--|
      `,
      /^no order of the writes agrees with what was read: A comes before B, because C returned what B wrote although A was visible to it \(A, seen by D, then C\); B comes before A/,
      5,
    ],
    [
      MW,
      'PRAM',
      [RYW, MR, WFR],
      `
        P0 |--put x 1--| |--put y 2--|
        P1                             |--get y: 2--| |--get x: nil--|
      `,
      /^A returned the initial value, although B was visible to it: B, then C, seen by D, then A\./,
      4,
    ],
    [
      WFR,
      'causal consistency',
      'PRAM',
      `
        P0 |--put x 1--|
        P1                |--get x: 1--| |--put y 2--|
        P2                               |--get y: 2--| |--get x: nil--|
      `,
      /: B, seen by C, then D, seen by E, then A\./,
      5,
    ],
    [
      'conflicting orders of writes',
      'causal convergence',
      'causal memory',
      `
        P0 |--put x 1--|
        P1 |--put x 2--|
        P2                |--get x: 1--| |--get x: 2--|
        P3                |--get x: 2--| |--get x: 1--|
      `,
      /^no order of the writes agrees with what was read/,
      6,
    ],
    [
      // Bouajjani et al. 2017, figure 3 (b).
      MW,
      'causal memory',
      'causal convergence',
      `
        P0 |--put z 1--| |--put x 1--| |--put y 1--|
        P1 |--put x 2--| |--get z: nil--| |--get y: 1--| |--get x: 2--|
      `,
      /B, then C, before D by what E returned, then A/,
      5,
    ],
    [
      'cyclic causality',
      'causal consistency',
      'PRAM',
      `
        P0 |--get x: 1--| |--put y 1--|
        P1 |--get y: 1--| |--put x 1--|
      `,
      /^each of these would have to come before itself: D, seen by A, then B, seen by C, then D\./,
      4,
    ],
    ['read of what nobody wrote', 'PRAM', undefined, 'P0 |--get x: 7--|', /get x: 7 .* returned what nobody wrote/, 1],
    [
      'read of a failed write',
      'PRAM',
      undefined,
      `
        P0 |--put x 1--!
        P1                |--get x: 1--|
      `,
      /returned what only put x 1 \(process 0, .* ms\) wrote, which was reported as failed/,
      2,
    ],
  ];
  for (const [rule, brokenIn, fineIn, drawing, explanation, operations] of cases)
    test(`${rule}: ${String(brokenIn)} forbids it`, () => {
      const result = check(drawing, brokenIn);
      if (result.verdict !== 'invalid') throw new Error(`expected a violation, got ${result.verdict}`);
      expect(result.violation.rule).toBe(rule);
      expect(result.violation.explanation).toMatch(explanation);
      expect(result.violation.operations).toHaveLength(operations);
      if (fineIn !== undefined) expect(check(drawing, fineIn).verdict).not.toBe('invalid');
    });
});

test('what a session did in a row is one step, and what was seen is counted', () => {
  const drawing = `
    P0 |--put x 1--| |--put z 9--| |--put y 2--|
    P1                               |--get z: nil--| |--get y: 2--| |--get z: 9--| |--get x: nil--|
  `;
  expect(check(drawing, 'causal memory')).toEqual({
    verdict: 'invalid',
    violation: {
      rule: MW,
      explanation:
        'A returned the initial value, although B was visible to it: B, then C, seen by D, then A. ' +
        'A: get x: nil (process 1, 80.000 ms); B: put x 1 (process 0, 3.000 ms); C: put z 9 (process 0, 17.000 ms); ' +
        'D: get z: 9 (process 1, 65.000 ms).',
      operations: [0, 2, 10, 12],
    },
    seen: { reads: 4, writes: 3, processes: 2, constrainedReads: 3 },
  });
});

test('orders that conflict are told by the reads that tell them, the last one last', () => {
  const drawing = `
    P0 |--put x 1--|
    P1 |--put x 2--|
    P2                |--get x: 1--| |--get x: 2--|
    P3                                  |--get x: 2--| |--get x: 1--|
  `;
  const result = check(drawing, 'causal convergence');
  if (result.verdict !== 'invalid') throw new Error(result.verdict);
  expect(result.violation.explanation).toMatch(
    /^no order of the writes agrees with what was read: A comes before B, because C returned what B wrote although A was visible to it \(A, seen by D, then C\); B comes before A, because E returned what A wrote although B was visible to it \(B, seen by F, then E\)\. A: put x 1 .*; F: get x: 2 /,
  );
  expect(result.violation.operations).toEqual([0, 1, 4, 6, 7, 10]);
});

test('a spec that does not tell reads and writes cannot be judged, and guarantees that promise nothing say nothing', () => {
  const counted = parseNotation<CounterOperation>('P0 |--read: 0--| |--read: 0--|');
  expect(checkConsistency(counted, counter, 'PRAM').verdict).toBe('unknown');
  expect(check('P0 |--put x 1--| |--get x: 1--|', [])).toMatchObject({
    verdict: 'unknown',
    reason: 'nothing shows in no single read: promise monotonic reads or read your writes as well',
  });
  expect(check('P0 |--put x 1--|', [RYW])).toMatchObject({
    reason: expect.stringMatching(/^no process read/) as string,
  });
  expect(check('P0 |--put x 1--|', [MR])).toMatchObject({
    reason: expect.stringMatching(/^no process read/) as string,
  });
});

test('a misspelt model or guarantee is refused', () => {
  const misspelt = ['causal', ['monotonic']] as unknown as readonly ConsistencyModel[];
  for (const model of misspelt)
    expect(() => check('P0 |--put x 1--| |--get x: 1--|', model)).toThrow(/unknown consistency '\w+'; known: \w+/);
});

describe('unknown, and why', () => {
  for (const [drawing, model, reason] of [
    [
      'P0 |--put x 1--| |--put x 1--|',
      'PRAM',
      /put x 1 .* and put x 1 .* write the same; only reads and writes of different/,
    ],
    ['P0 |--put x 1--| |--delete x--|', 'PRAM', /delete x .* writes what was there at the beginning/],
    ['P0 |--append x 1--|', 'PRAM', /append x 1 .* is neither a plain read nor a plain write/],
    ['P0 |--put x 1--|', 'causal memory', /no process read after an operation of its own/],
    [
      `
        P0 |--put x 1--|
        P1                |--get x: 1--|
      `,
      [MW, WFR],
      /^monotonic writes and writes follow reads shows in no single read/,
    ],
  ] as const)
    test(reason.source.slice(0, 40), () => {
      const result = check(drawing, model);
      expect(result.verdict).toBe('unknown');
      if (result.verdict === 'unknown') expect(result.reason).toMatch(reason);
    });
});

test('a write of unknown outcome happened if somebody saw it, and binds nobody otherwise', () => {
  const drawing = `
    P0 |--put x 1--?
    P1 |--put x 2--?
    P2                |--get x: 1--| |--get x: nil--|
  `;
  expect(check(drawing, [MR]).verdict).toBe('invalid');
  expect(check(drawing.replace('get x: 1', 'get x: nil'), [MR]).verdict).toBe('valid');
});

describe('long histories', () => {
  const long = (operations: number) =>
    syntheticHistory(keyValue, {
      seed: 'long',
      operations,
      processes: 8,
      infoPerMillion: 10_000,
      operation: (random, place) => {
        const key = random.pick(['x', 'y', 'z']);
        return random.pick([
          { kind: 'get', key },
          { kind: 'put', key, value: place },
        ] as const);
      },
    });

  test('an overwritten value is found among 6,000 operations', () => {
    const history = long(6_000);
    const all = operationsOf(history);
    const [own] = all.filter(({ operation, outcome }) => operation.kind === 'put' && outcome.kind === 'ok');
    if (own?.operation.kind !== 'put') throw new Error('no write');
    const { key, value } = own.operation;
    // A process new to the store sees what is last, and then what it cannot see any more.
    const last = history.at(-1)?.time ?? time(0);
    const latest = all.findLast((one) => one.operation.kind === 'get' && one.operation.key === key);
    const newest = latest?.outcome.kind === 'ok' ? latest.outcome.result : null;
    const late = [newest, value].flatMap((result): Entry<KeyValueOperation>[] => [
      { type: 'invoke', process: 9_999, time: last, operation: { kind: 'get', key } },
      { type: 'ok', process: 9_999, time: last, result },
    ]);
    for (const model of ['causal consistency', 'causal memory', 'causal convergence', FOUR] as const)
      expect(invalid([...history, ...late], model), String(model)).toBe(true);
    expect(invalid([...history, ...late], [RYW, MW])).toBe(false);
  });

  for (const model of ['PRAM', 'causal consistency', 'causal memory', 'causal convergence', [RYW, MW]] as const) {
    test(`what is linearizable is allowed by ${String(model)}; one stale read in 6,000 operations is found`, () => {
      const history = long(6_000);
      expect(checkConsistency(history, keyValue, model).verdict).toBe('valid');
      // A process that has written reads what was there before its write.
      const all = operationsOf(history);
      const culprit = all.findLast((one) => {
        const previous = all.findLast(({ process, index }) => process === one.process && index < one.index);
        return (
          one.operation.kind === 'get' &&
          previous?.operation.kind === 'put' &&
          previous.operation.key === one.operation.key
        );
      });
      if (culprit === undefined || culprit.returnIndex === null) throw new Error('no read after a write');
      const entry = history[culprit.returnIndex];
      if (entry?.type !== 'ok') throw new Error('no answer');
      const result = checkConsistency(history.with(culprit.returnIndex, { ...entry, result: null }), keyValue, model);
      if (result.verdict !== 'invalid') throw new Error(result.verdict);
      expect(result.violation.rule).toBe(RYW);
      expect(result.violation.operations).toContain(culprit.index);
      expect(result.violation.operations).toHaveLength(2);
    });
  }
});
