import { describe, expect, test } from 'vitest';
import { checkAnswered } from '../framework/checkers/answers.js';
import { checkConvergence, checkConvergenceOf } from '../framework/checkers/convergence.js';
import { describeDifference, firstDifference } from '../framework/checkers/difference.js';
import { checkDurability, measureDurability, type DurabilityRules } from '../framework/checkers/durability.js';
import { equal } from '../framework/checkers/equal.js';
import { checkGapless } from '../framework/checkers/gapless.js';
import { checkStrongEventualConsistency } from '../framework/checkers/strong-eventual-consistency.js';
import { operationsOf } from '../framework/history/operations.js';
import { mergeVerdicts } from '../framework/checkers/verdict.js';
import type { Entry } from '../framework/history/entry.js';
import { checkPrefix } from '../framework/checkers/prefix.js';
import { parseNotation } from '../framework/history/parse-notation.js';
import { MILLISECOND, time } from '../framework/kernel/time.js';

/** A set: `add 1` adds an element, `read` lists them; each `in x` names the set. */
type SetOperation =
  | { readonly kind: 'add'; readonly set: string; readonly element: number }
  | { readonly kind: 'read'; readonly set: string };

const vocabulary = { add: 'set element', read: 'set' };

const draw = (drawing: string) => parseNotation<SetOperation>(drawing, { vocabulary });

const rules: DurabilityRules<SetOperation> = {
  writeId: (operation) => (operation.kind === 'add' ? String(operation.element) : undefined),
  survivors: (operation, result) =>
    operation.kind === 'read' && Array.isArray(result) ? result.map(String) : undefined,
  scope: (operation) => operation.set,
  finalReadsFrom: 0,
  duplicates: 'forbidden',
};

describe('durability', () => {
  const durability = (drawing: string, changes: Partial<DurabilityRules<SetOperation>> = {}) =>
    checkDurability(draw(drawing), { ...rules, ...changes });

  test('is kept when every acknowledged write is found', () => {
    expect(
      durability(`
        P0 |--add x 1--|   |--read x: [1,2]--|
        P1   |--add x 2--|
      `),
    ).toMatchObject({ verdict: 'valid', seen: { acknowledged: 2, lost: 0, finalReads: 1 } });
  });

  test('is kept when a write of unknown outcome is found, or is not, or a failed one is not', () => {
    expect(
      durability(`
        P0 |--add x 1--|   |--read x: [1,2]--|
        P1   |--add x 2--?
        P2   |--add x 3--?
        P3   |--add x 4--!
      `),
    ).toMatchObject({ verdict: 'valid', seen: { acknowledged: 1, recovered: 1 } });
  });

  test('is broken when an acknowledged write is gone, and the explanation tells when it was promised', () => {
    expect(
      durability(`
        P0 |--add x 1--|                  |--read x: [2]--|
        P1               |--add x 2--|
      `),
    ).toMatchObject({
      verdict: 'invalid',
      violation: {
        rule: 'acknowledged write lost',
        explanation:
          '1 of 2 acknowledged writes were lost: add x 1 (process 0, invoked at 3.000 ms, acknowledged at 15.000 ms, ' +
          '19.000 ms before the loss, although add x 2, invoked after that, survived).',
        operations: [2, 0],
      },
    });
  });

  test('is broken when a failed write, a write twice, or a write of nobody is found', () => {
    expect(
      durability(`
        P0 |--add x 1--!   |--read x: [1]--|
      `),
    ).toMatchObject({
      violation: {
        rule: 'failed write took effect',
        explanation: '1 write was reported as failed, yet found in the final reads: add x 1 (process 0, 3.000 ms).',
        operations: [0],
      },
    });
    expect(
      durability(`
        P0 |--add x 1--|   |--read x: [1,1]--|
      `),
    ).toMatchObject({
      violation: {
        rule: 'write applied twice',
        explanation: '1 write was found more than once in one final read: add x 1 (process 0, 3.000 ms).',
        operations: [0],
      },
    });
    expect(
      durability(`
        P0 |--add x 1--|   |--read x: [1,9]--|
      `),
    ).toMatchObject({
      violation: {
        rule: 'write out of nowhere',
        explanation: 'the final reads hold what no operation wrote: 9.',
        operations: [],
      },
    });
  });

  test('names the first five of many', () => {
    const adds = (count: number) => Array.from({ length: count }, (_, place) => `|--add x ${place + 1}--!`).join(' ');
    const found = (count: number) =>
      `|--read x: [${Array.from({ length: count }, (_, place) => place + 1).join(',')}]--|`;
    const told = (count: number) => {
      const result = durability(`P0 ${adds(count)} ${found(count)}`);
      return result.verdict === 'invalid' ? result.violation.explanation.replaceAll(/ \(.*?\)/g, '') : result.verdict;
    };
    expect(told(5)).toBe(
      '5 writes were reported as failed, yet found in the final reads: add x 1, add x 2, add x 3, add x 4, add x 5.',
    );
    expect(told(7)).toBe(
      '7 writes were reported as failed, yet found in the final reads: add x 1, add x 2, add x 3, add x 4, add x 5, and 2 more.',
    );
  });

  test('counts what was recovered, and what final reads differ about', () => {
    expect(
      durability(`
        P0 |--add x 1--|   |--add x 2--|                  |--read x: [1,2,3]--| |--read x: [1,2,3]--|
        P1   |--add x 3--?
        P2   |--add y 5--|                                |--read x: [1,2]--|
        P3   |--add x 4--?
      `),
    ).toEqual({
      verdict: 'valid',
      seen: {
        acknowledged: 3,
        lost: 0,
        stale: 0,
        recovered: 1,
        duplicated: 0,
        disputed: 1,
        neverRead: 1,
        finalReads: 3,
      },
    });
  });

  test('probes alone, acknowledged after healing, show nothing', () => {
    const drawing = 'P0 |--add x 1--| |--read x: [1]--|';
    expect(durability(drawing, { probesFrom: 0 })).toMatchObject({
      verdict: 'unknown',
      reason: 'no write was acknowledged, so nothing could be lost',
    });
    expect(durability(drawing, { probesFrom: 1 }).verdict).toBe('valid');
  });

  test('of several that are lost, tells the oldest acknowledgement first, and how far back the loss reaches', () => {
    const drawing = `
      P0 |-------add x 1------| |--add x 2--|   |--read x: []--|
      P1 |--add x 3--|
    `;
    const failures = [time(10 * MILLISECOND), time(100 * MILLISECOND), time(60 * MILLISECOND)];
    const { lost, oldestAgeMicros } = measureDurability(draw(drawing), { ...rules, failures });
    expect(lost.map(({ id }) => id)).toEqual(['3', '1', '2']);
    expect(oldestAgeMicros).toBe(60 * MILLISECOND - Number(lost[0]?.ackedAt));
    const exact = measureDurability(draw(drawing), { ...rules, failures: [lost[1]?.ackedAt ?? time(0)] });
    expect(exact.lost[1]?.ageMicros).toBe(0);
  });

  test('lets at-least-once delivery find a write twice', () => {
    const twice = `
      P0 |--add x 1--|   |--read x: [1,1]--|
    `;
    expect(durability(twice, { duplicates: 'allowed' })).toMatchObject({ verdict: 'valid', seen: { duplicated: 1 } });
  });

  test('is unknown when nothing was acknowledged, nothing finally read, or something else was read', () => {
    expect(durability(`P0 |--add x 1--?`)).toMatchObject({ verdict: 'unknown' });
    expect(
      durability(`
        P0 |--add x 1--?
        P1                |--read x: [1]--|
      `),
    ).toMatchObject({ verdict: 'unknown', reason: 'no write was acknowledged, so nothing could be lost' });
    expect(durability(`P0 |--add x 1--|  |--read x--?`)).toMatchObject({
      verdict: 'unknown',
      reason: 'no final read was answered, so nobody knows what survived',
    });
    expect(durability(`P0 |--add x 1--|  |--read y: []--|`)).toMatchObject({
      verdict: 'unknown',
      reason: 'no final read covered the acknowledged writes',
    });
  });

  test('is judged by final reads only', () => {
    const drawing = `
      P0 |--add x 1--| |--read x: [1]--|
      P1                                 |--read x: []--|
    `;
    expect(durability(drawing)).toMatchObject({ verdict: 'valid', seen: { disputed: 1 } });
    expect(durability(drawing, { finalReadsFrom: 4 })).toMatchObject({ verdict: 'invalid' });
  });

  test('of an asynchronous system may lose what its lag explains, and no more', () => {
    const drawing = `
      P0 |--add x 1--| |--add x 2--|   |--read x: [1]--|
    `;
    const failures = [time(35 * MILLISECOND)];
    const fates = measureDurability(draw(drawing), { ...rules, failures });
    expect(fates.lost).toMatchObject([{ id: '2', ageMicros: 6_000, outlivedBy: undefined }]);
    expect(fates.oldestAgeMicros).toBe(6_000);
    const lag = (micros: number) =>
      durability(drawing, { failures, allowed: ({ ageMicros }) => ageMicros <= micros }).verdict;
    expect(lag(6_000)).toBe('valid');
    expect(lag(5_000)).toBe('invalid');
    expect(durability(drawing, { allowed: (_, { lost }) => lost.length <= 1 }).verdict).toBe('valid');
  });
});

describe('staleness of acknowledged writes', () => {
  const fates = (drawing: string) => measureDurability(draw(drawing), rules);

  test('a write that a read misses and a later one finds is stale, from its acknowledgement to the last miss', () => {
    const { stale, lost, disputed } = fates(`
      P0 |--add x 1--|
      P1               |--read x: []--| |--read x: []--| |--read x: [1]--|
    `);
    expect(stale).toHaveLength(1);
    expect([lost.length, disputed.length]).toEqual([0, 1]);
    const [one] = stale;
    const second = operationsOf(draw('P1               |--read x: []--| |--read x: []--|'))[1];
    expect(one?.staleMicros).toBe((second?.invokedAt ?? 0) - (one?.write.returnedAt ?? 0));
    expect(checkDurability(draw('P0 |--add x 1--| |--read x: []--| |--read x: [1]--|'), rules).seen).toMatchObject({
      stale: 1,
      lost: 0,
    });
  });

  test('one that is missed only by what was concurrent with it, or after it was found, or by all, is not', () => {
    for (const drawing of [
      `
        P0 |--add x 1------|
        P1   |--read x: []--| |--read x: [1]--|
      `,
      'P0 |--add x 1--| |--read x: [1]--| |--read x: []--|',
      'P0 |--add x 1--| |--read x: []--| |--read x: []--|',
      'P0 |--add x 1--? P1'.replace(' P1', '\nP1                 |--read x: []--| |--read x: [1]--|'),
    ])
      expect(fates(drawing).stale, drawing).toHaveLength(0);
  });
});

describe('convergence', () => {
  test('is reached when all replicas hold the same, in whatever order of keys', () => {
    const replicas = new Map([
      ['s1', { a: 1, b: [2] }],
      ['s2', { b: [2], a: 1 }],
    ]);
    expect(checkConvergence(replicas)).toEqual({ verdict: 'valid', seen: { replicas: 2 } });
  });

  test('is missed when they differ, and the explanation names the first place', () => {
    const history = parseNotation(`
      P0 |--inspect s1: {"accounts":{"alice":50,"bob":1}}--|
      P1                                                   |--inspect s2: {"accounts":{"alice":50,"bob":1}}--|
      P2 |--inspect s3: {"accounts":{"alice":70}}--|
    `);
    expect(checkConvergenceOf(history)).toMatchObject({
      verdict: 'invalid',
      violation: {
        rule: 'replicas diverge',
        explanation: 's1 holds 50 at accounts.alice, but s3 holds 70.',
        operations: [0, 1],
      },
    });
  });

  test('is missed when a replica does not hold what it ought to', () => {
    const replicas = new Map([['s1', [1, 2]]]);
    expect(checkConvergence(replicas, { expected: { name: 'log', value: [1, 2] } }).verdict).toBe('valid');
    expect(checkConvergence(replicas, { expected: { name: 'log', value: [1, 2, 3] } })).toMatchObject({
      violation: { rule: 'replica differs from log', explanation: 'log holds 3 at [2], but s1 holds nothing.' },
    });
  });

  test('names the other replicas that differ, too', () => {
    const told = (...values: readonly number[]) => {
      const result = checkConvergence(new Map(values.map((value, place) => [`s${place + 1}`, value])));
      return result.verdict === 'invalid' ? result.violation : result.verdict;
    };
    expect(told(1, 2)).toEqual({
      rule: 'replicas diverge',
      explanation: 's1 holds 1, but s2 holds 2.',
      operations: [],
    });
    expect(told(1, 2, 3, 1)).toMatchObject({ explanation: 's1 holds 1, but s2 holds 2. s3 differs from s1 too.' });
    expect(told(1, 2, 3, 4)).toMatchObject({ explanation: 's1 holds 1, but s2 holds 2. s3, s4 differ from s1 too.' });
  });

  test('an operation that inspects no node, and one that failed, say nothing', () => {
    const inspect = (process: number, operation: { kind: string; node?: unknown }, result: unknown): Entry[] => [
      { type: 'invoke', process, time: time(0), operation },
      { type: 'ok', process, time: time(1), result },
    ];
    const history = [
      ...inspect(0, { kind: 'inspect', node: 's1' }, 1),
      ...inspect(1, { kind: 'inspect', node: 's2' }, 1),
      ...inspect(2, { kind: 'inspect', node: 3 }, 2),
      ...inspect(3, { kind: 'inspect' }, 2),
      ...inspect(4, { kind: 'look', node: 's3' }, 2),
    ];
    expect(checkConvergenceOf(history)).toEqual({ verdict: 'valid', seen: { replicas: 2 } });
    const silent = parseNotation('P0 |--inspect s1: 1--| |--inspect s2--!');
    expect(checkConvergenceOf(silent)).toEqual({
      verdict: 'unknown',
      reason: '1 replica(s) observed: nothing to compare',
      seen: { replicas: 1 },
    });
  });

  test('takes the last thing that each node was seen to hold', () => {
    const history = parseNotation(`
      P0 |--inspect s1: 1--|   |--inspect s1: 2--|
      P1 |--inspect s2: 2--|
    `);
    expect(checkConvergenceOf(history).verdict).toBe('valid');
  });

  test('is unknown with fewer than two replicas, or none when a value is expected', () => {
    expect(checkConvergence(new Map([['s1', 1]])).verdict).toBe('unknown');
    expect(checkConvergence(new Map(), { expected: { name: 'log', value: [] } }).verdict).toBe('unknown');
    expect(checkConvergenceOf(parseNotation(`P0 |--inspect s1: 1--| |--inspect s2--?`)).verdict).toBe('unknown');
  });
});

describe('strong eventual consistency', () => {
  const seen = (replica: string, updates: readonly string[], state: unknown) => ({ replica, updates, state });

  test('the same updates give the same state, in whatever order they came', () => {
    const result = checkStrongEventualConsistency([
      seen('n1', ['a'], [1]),
      seen('n2', ['b'], [2]),
      seen('n1', ['a', 'b'], [1, 2]),
      seen('n2', ['b', 'a', 'a'], [1, 2]),
    ]);
    expect(result).toEqual({ verdict: 'valid', seen: { observations: 4, updateSets: 3, compared: 1 } });
  });

  test('a state that depends on the order is a violation, in the middle of a run, too', () => {
    const result = checkStrongEventualConsistency([
      seen('n1', ['a', 'b'], { x: 2 }),
      seen('n2', ['b', 'a'], { x: 1 }),
      seen('n1', ['a', 'b', 'c'], {}),
      seen('n2', ['a', 'b', 'c'], {}),
    ]);
    expect(result).toMatchObject({
      verdict: 'invalid',
      violation: {
        rule: 'same updates, different states',
        explanation: 'n1 and n2 have delivered the same 2 updates (a, b); n1 holds 2 at x, but n2 holds 1.',
      },
    });
    expect(checkStrongEventualConsistency([seen('n1', ['a'], 1), seen('n1', ['a'], 2)]).verdict).toBe('invalid');
  });

  test('names the first eight of many updates, and counts what was compared before', () => {
    const told = (count: number) => {
      const updates = Array.from({ length: count }, (_, place) => `u${place}`);
      const same = [seen('n1', [], 0), seen('n2', [], 0)];
      return checkStrongEventualConsistency([...same, seen('n1', updates, 1), seen('n2', updates, 2)]);
    };
    expect(told(8)).toEqual({
      verdict: 'invalid',
      violation: {
        rule: 'same updates, different states',
        explanation:
          'n1 and n2 have delivered the same 8 updates (u0, u1, u2, u3, u4, u5, u6, u7); n1 holds 1, but n2 holds 2.',
        operations: [],
      },
      seen: { observations: 4, updateSets: 2, compared: 1 },
    });
    expect(told(9)).toMatchObject({
      violation: { explanation: expect.stringContaining('(u0, u1, u2, u3, u4, u5, u6, u7, …); n1') as string },
    });
    expect(checkStrongEventualConsistency([])).toMatchObject({
      reason: 'no two replicas were seen with the same updates',
    });
  });

  test('nothing delivered by two replicas is unknown', () => {
    for (const observations of [
      [],
      [seen('n1', [], 0), seen('n2', [], 0)],
      [seen('n1', ['a'], 1), seen('n1', ['a'], 1)],
      [seen('n1', ['a'], 1), seen('n2', ['b'], 1)],
    ])
      expect(checkStrongEventualConsistency(observations).verdict).toBe('unknown');
  });

  test('updates are told apart by their names, not by how these join', () => {
    expect(checkStrongEventualConsistency([seen('n1', ['a,b'], 1), seen('n2', ['a', 'b'], 2)]).verdict).toBe('unknown');
  });
});

describe('the prefix property', () => {
  const logs = (...contents: readonly (readonly unknown[])[]) =>
    checkPrefix(new Map(contents.map((log, index) => [`s${index + 1}`, log])));

  test('holds when every log is the beginning of the longest', () => {
    expect(logs(['a'], ['a', 'b', 'c'], [], ['a', 'b'])).toMatchObject({ verdict: 'valid', seen: { entriesMax: 3 } });
  });

  test('is broken by a different entry in the same place', () => {
    expect(logs([{ n: 1 }, { n: 2 }], [{ n: 1 }, { n: 3 }, { n: 4 }])).toMatchObject({
      violation: {
        rule: 'logs are not prefixes',
        explanation: 's2[1].n: 3, s1: 2; they agree on the 1 entries before it, and hold 3 and 2.',
      },
    });
  });

  test('is broken by the very first entry, and of logs of one length the first is what others are compared with', () => {
    expect(logs(['a'], ['b'])).toEqual({
      verdict: 'invalid',
      violation: {
        rule: 'logs are not prefixes',
        explanation: 's1[0]: a, s2: b; they agree on the 0 entries before it, and hold 1 and 1.',
        operations: [],
      },
      seen: { logs: 2, entriesMax: 1 },
    });
  });

  test('is unknown when fewer than two logs hold anything', () => {
    expect(logs([], ['a'], [])).toEqual({
      verdict: 'unknown',
      reason: '1 log(s) hold anything: nothing to compare',
      seen: { logs: 3, entriesMax: 1 },
    });
    expect(logs().verdict).toBe('unknown');
  });
});

describe('gapless versions', () => {
  const rule = (...versions: readonly number[]) => {
    const result = checkGapless(versions, { of: 'stream s' });
    return result.verdict === 'invalid' ? result.violation.rule : result.verdict;
  };

  test('are accepted from 0 on', () => {
    expect(rule(0, 1, 2)).toBe('valid');
  });

  test('are rejected with a gap, a repetition, disorder, or what is no version', () => {
    expect(rule(0, 2)).toBe('version missing');
    expect(rule(1, 2)).toBe('version missing');
    expect(rule(0, 1, 1)).toBe('version twice');
    expect(rule(0, 2, 1)).toBe('versions out of order');
    expect(rule(0, 1.5)).toBe('not a version');
  });

  test('the fault is told in full', () => {
    const told = (...versions: readonly number[]) => checkGapless(versions, { of: 'stream s' });
    const fault = (rule: string, explanation: string, versions: number) => ({
      verdict: 'invalid',
      violation: { rule, explanation: `stream s: ${explanation}; ${versions} versions in all.`, operations: [] },
      seen: { versions },
    });
    expect(told(0, 2)).toEqual(fault('version missing', 'expected version 1, found 2 (1 is nowhere)', 2));
    expect(told(0, 1, 0)).toEqual(
      fault('version twice', 'expected version 2, found 0 (it is there at place 0 already)', 3),
    );
    expect(told(1, 0)).toEqual(
      fault('versions out of order', 'expected version 0, found 1 (0 comes later, at place 1)', 2),
    );
    expect(told(0, -1)).toEqual(
      fault('not a version', 'expected version 1, found -1 (versions are whole numbers from 0)', 2),
    );
  });

  test('are unknown when there are none', () => {
    expect(checkGapless([], { of: 'stream s' })).toEqual({
      verdict: 'unknown',
      reason: 'stream s has no versions',
      seen: { versions: 0 },
    });
  });
});

describe('plain data', () => {
  test('is equal whatever the order of its keys, and undefined fields are none', () => {
    expect(equal({ a: 1, b: undefined, c: [{ d: null }] }, { c: [{ d: null }], a: 1 })).toBe(true);
    expect(equal({ a: undefined }, { b: 1 })).toBe(false);
    expect(equal([1, 2], [1])).toBe(false);
    expect(equal([], {})).toBe(false);
    expect(equal({}, [])).toBe(false);
    expect(equal([], { length: 0 })).toBe(false);
    expect(equal({ a: 1 }, { a: 1, b: 2 })).toBe(false);
    expect(equal([1, 2], [1, 3])).toBe(false);
    expect(equal([1, { a: [2] }], [1, { a: [2] }])).toBe(true);
    expect(equal('', {})).toBe(false);
    expect(equal({}, 1)).toBe(false);
    expect(equal({}, null)).toBe(false);
    expect(equal(null, {})).toBe(false);
    expect(equal(0, -0)).toBe(true);
    expect(equal(NaN, NaN)).toBe(true);
  });

  test('is not nested deeper than 100 levels: what is, is cyclic', () => {
    const nested = (depth: number, inside: (value: unknown) => unknown): unknown =>
      depth === 0 ? 1 : inside(nested(depth - 1, inside));
    for (const inside of [(value: unknown) => [value], (value: unknown) => ({ value })]) {
      expect(equal(nested(101, inside), nested(101, inside))).toBe(true);
      expect(() => equal(nested(102, inside), nested(102, inside))).toThrow(
        'data is nested deeper than 100 levels, or cyclic',
      );
    }
  });

  test('differences are told in at most sixty characters of each side', () => {
    const told = (left: unknown) => describeDifference({ path: '', left, right: undefined }, ['n1', 'n2']);
    expect(told('x'.repeat(60))).toBe(`n1 holds ${'x'.repeat(60)}, but n2 holds nothing`);
    expect(told('x'.repeat(61))).toBe(`n1 holds ${'x'.repeat(59)}…, but n2 holds nothing`);
  });

  test('differs first at the smallest key and index', () => {
    expect(firstDifference({ b: 1, a: [1, { 'x y': 2 }] }, { b: 2, a: [1, { 'x y': 3 }] })).toEqual({
      path: '.a[1]["x y"]',
      left: 2,
      right: 3,
    });
    expect(firstDifference({ a: [] }, { a: [] })).toBeUndefined();
    expect(firstDifference([1], [1, 2])).toEqual({ path: '[1]', left: undefined, right: 2 });
  });
});

test('verdicts compose: invalid over unknown over valid, and nothing is unknown', () => {
  expect(mergeVerdicts([])).toBe('unknown');
  for (const one of ['valid', 'unknown', 'invalid'] as const) expect(mergeVerdicts([one])).toBe(one);
  expect(mergeVerdicts(['valid', 'unknown', 'valid'])).toBe('unknown');
  expect(mergeVerdicts(['unknown', 'invalid', 'valid'])).toBe('invalid');
  expect(mergeVerdicts(['valid', 'valid'])).toBe('valid');
});

describe('answers after healing', () => {
  const healAt = 100 * MILLISECOND;
  const asks = (process: number, at: number): Entry => ({
    type: 'invoke',
    process,
    time: time(at * MILLISECOND),
    operation: { kind: 'put' },
  });
  const gets = (process: number, at: number, outcome: string): Entry =>
    outcome === 'ok'
      ? { type: 'ok', process, time: time(at * MILLISECOND), result: null }
      : { type: 'fail', process, time: time(at * MILLISECOND), reason: outcome };
  const check = (history: readonly Entry[], isAnswer?: (reason: string) => boolean) =>
    checkAnswered(
      { history, probesFrom: 2, healAt },
      { withinMicros: 20 * MILLISECOND, ...(isAnswer === undefined ? {} : { isAnswer }) },
    );

  test('are due from a while after healing on, to what was begun before it too', () => {
    expect(check([asks(0, 90), gets(0, 130, 'no answer')])).toEqual({
      verdict: 'invalid',
      violation: {
        rule: 'no answer',
        explanation:
          "Process 0 gave up 'put' 30.000 ms after healing (no answer), although an answer takes no longer than 20.000 ms.",
        operations: [0],
      },
      seen: { asked: 1, underWay: 1 },
    });
    expect(check([asks(0, 90), gets(0, 130, 'ok'), asks(0, 140), gets(0, 141, 'ok')])).toEqual({
      verdict: 'valid',
      seen: { asked: 2, underWay: 1 },
    });
  });

  test('are not asked for earlier, and a refusal may be one', () => {
    expect(check([asks(0, 90), gets(0, 120, 'no answer')])).toMatchObject({ verdict: 'unknown', seen: { asked: 0 } });
    expect(check([asks(0, 90), gets(0, 130, 'conflict')], (reason) => reason === 'conflict').verdict).toBe('valid');
  });
});
