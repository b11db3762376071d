/** How old reads are, and whether the k latest values explain them: against the definitions, and in words. */
import { describe, expect, test } from 'vitest';
import {
  checkKAtomicity,
  checkLinearizability,
  checkStaleness,
  measureStaleness,
  operationsOf,
  parseNotation,
  printNotation,
  type AnyOperation,
  type History,
  type RecordedOperation,
} from 'faultline';
import {
  counter,
  keyValue,
  register,
  type CounterOperation,
  type KeyValueOperation,
  type RegisterOperation,
} from 'faultline/models';
import { families, smallHistory } from './fixtures/checker-families.js';
import { effort } from './fixtures/effort.js';
import { syntheticHistory } from './fixtures/synthetic-history.js';

const draw = (drawing: string): History<KeyValueOperation> => parseNotation<KeyValueOperation>(drawing);

const LATE = `
  P0 |--put x 1--| |--put x 2--| |--put x 3--|
  P1                                            |--get x: 1--|
`;

/** Reads and writes of few values on one register, some answers wrong. */
const small = (seed: number): History<RegisterOperation> => {
  const [repeated] = families;
  if (repeated === undefined) throw new Error('no family');
  const history = smallHistory(
    {
      ...repeated,
      operation: (random) =>
        random.pick([{ kind: 'read' }, { kind: 'write', value: random.between(1, 4) }] as readonly AnyOperation[]),
    },
    seed,
    8,
  );
  return history as History<RegisterOperation>;
};

describe('staleness', () => {
  test('is told by age and by versions', () => {
    const { reads, stale, ageMicrosMax, versionsMax } = measureStaleness(draw(LATE), keyValue);
    expect({ reads, stale: stale.length, versionsMax }).toEqual({ reads: 1, stale: 1, versionsMax: 2 });
    const [one] = stale;
    expect(one?.source?.operation).toEqual({ kind: 'put', key: 'x', value: 1 });
    expect(one?.overwrittenBy.operation).toEqual({ kind: 'put', key: 'x', value: 2 });
    expect(ageMicrosMax).toBe((one?.read.invokedAt ?? 0) - (one?.overwrittenBy.returnedAt ?? 0));
    const result = checkStaleness(draw(LATE), keyValue);
    if (result.verdict !== 'invalid') throw new Error(result.verdict);
    expect(result.violation.rule).toBe('stale read');
    expect(result.violation.explanation).toMatch(
      /^get x: 1 \(process 1, .* ms\) returned what had been overwritten for at least .* ms: put x 2 \(process 0, .* ms\) had returned at .* ms, the first of 2 newer writes\.$/,
    );
    expect(result.violation.operations).toEqual([0, 2, 6]);
  });

  test('is told of the stalest read, over all keys, in the order of the reads', () => {
    const drawing = `
      P0 |--put x 1--| |--put y 1--| |--put y 2--| |--put x 2--|
      P1                                                         |--get y: 1--| |--get x: 1--| |--get x: nil--|
    `;
    const { stale } = measureStaleness(draw(drawing), keyValue);
    expect(stale.map(({ read, versions }) => [read.operation.kind === 'get' && read.operation.key, versions])).toEqual([
      ['y', 1],
      ['x', 1],
      ['x', 2],
    ]);
    expect(stale[2]?.source).toBeUndefined();
    const result = checkStaleness(draw(drawing), keyValue);
    if (result.verdict !== 'invalid') throw new Error(result.verdict);
    expect(result.violation.explanation).toMatch(
      /^get x: nil .* put x 1 \(.*\) had returned at .* ms, the first of 2 newer writes; 3 of 3 reads are too old, this one the most\.$/,
    );
    expect(result.violation.operations).toEqual([0, stale[2]?.read.index]);
    expect(result.seen).toEqual({ reads: 3, stale: 3, ageMicrosMax: stale[2]?.ageMicros, versionsMax: 2 });
    const [first] = stale;
    const younger = checkStaleness(draw(drawing), keyValue, { ageMicrosMax: (stale[2]?.ageMicros ?? 0) - 1 });
    expect(younger.verdict === 'invalid' && younger.violation.explanation).toMatch(/newer writes\.$/);
    const one = checkStaleness(draw('P0 |--put x 1--| |--get x: nil--|'), keyValue);
    expect(one.verdict === 'invalid' && one.violation.explanation).toMatch(
      /put x 1 \(.*\) had returned at 15\.000 ms\.$/,
    );
    expect(first?.source?.operation).toEqual({ kind: 'put', key: 'y', value: 1 });
  });

  test('leaves failed operations out', () => {
    const drawing = `
      P0 |--put x 1--| |--put x 2--!
      P1                               |--get x: 1--| |--get x--!
    `;
    expect(checkStaleness(draw(drawing), keyValue)).toEqual({
      verdict: 'valid',
      seen: { reads: 1, stale: 0, ageMicrosMax: 0, versionsMax: 0 },
    });
  });

  test('needs to be told which operations read and write', () => {
    const counted = parseNotation<CounterOperation>('P0 |--read: 0--|');
    expect(checkStaleness(counted, counter)).toMatchObject({ verdict: 'unknown' });
    expect(checkKAtomicity(counted, counter, { k: 2 })).toMatchObject({
      verdict: 'unknown',
      reason: 'read (process 0) is neither a plain read nor a plain write',
    });
  });

  test('is judged by the bounds that are given', () => {
    const age = measureStaleness(draw(LATE), keyValue).ageMicrosMax;
    expect(checkStaleness(draw(LATE), keyValue, { versionsMax: 1 }).verdict).toBe('invalid');
    expect(checkStaleness(draw(LATE), keyValue, { versionsMax: 2 }).verdict).toBe('valid');
    expect(checkStaleness(draw(LATE), keyValue, { ageMicrosMax: age - 1 }).verdict).toBe('invalid');
    expect(checkStaleness(draw(LATE), keyValue, { ageMicrosMax: age }).verdict).toBe('valid');
    expect(checkStaleness(draw(LATE), keyValue, { ageMicrosMax: age, versionsMax: 1 }).verdict).toBe('invalid');
  });

  test('counts only what is certain', () => {
    for (const drawing of [
      // The newer write is concurrent with the read, or with the one it returned, or its outcome is unknown.
      `
        P0 |--put x 1--| |--put x 2-----------|
        P1                     |--get x: 1--|
      `,
      `
        P0 |--put x 1--|
        P1 |--put x 2--|
        P2                |--get x: 1--|
      `,
      `
        P0 |--put x 1--| |--put x 2--?
        P1                               |--get x: 1--|
      `,
      // The same value was written again, perhaps after the other.
      `
        P0 |--put x 1--| |--put x 2--|
        P1                 |--put x 1--|
        P2                                |--get x: 1--|
      `,
      `
        P0 |--put x 2--| |--delete x--|
        P1                               |--get x: nil--|
      `,
    ])
      expect(checkStaleness(draw(drawing), keyValue).verdict, drawing).toBe('valid');
  });

  test('what nobody wrote, no read at all, and other operations', () => {
    const judged = (drawing: string) => checkStaleness(draw(drawing), keyValue);
    expect(judged('P0 |--put x 1--| |--get x: 7--|')).toMatchObject({
      verdict: 'invalid',
      violation: { rule: 'read of what nobody wrote', operations: [2] },
    });
    expect(judged('P0 |--get x: 7--| |--put x 7--|').verdict).toBe('invalid');
    expect(judged('P0 |--put x 1--!')).toMatchObject({ verdict: 'unknown', reason: 'no read was answered' });
    const unfounded = judged('P0 |--get x: 7--|');
    expect(unfounded.verdict === 'invalid' && unfounded.violation.explanation).toMatch(
      /^get x: 7 \(process 0, .* ms\) returned what nobody had begun to write\.$/,
    );
    expect(judged('P0 |--put x 1--| |--append x 1--| |--get x: 11--|')).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringMatching(/^append x 1 \(process 0\) is neither a plain read nor a plain write$/) as string,
    });
  });

  test('is what the definition says', () => {
    let stale = 0;
    let unexplained = 0;
    for (let seed = 0; seed < effort(4_000); seed++) {
      const history = small(seed);
      const measured = measureStaleness(history, register);
      const byDefinition = staleByDefinition(history);
      stale += measured.stale.length;
      unexplained += measured.unexplained.length;
      expect(
        measured.stale.map(({ read, versions, ageMicros }) => [read.index, versions, ageMicros]),
        printNotation(history),
      ).toEqual(byDefinition.stale);
      expect(measured.unexplained.map(({ index }) => index)).toEqual(byDefinition.unexplained);
      if (measured.stale.length + measured.unexplained.length > 0)
        expect(checkLinearizability(history, register).verdict).toBe('invalid');
    }
    expect(stale).toBeGreaterThan(effort(100));
    expect(unexplained).toBeGreaterThan(0);
  });

  test('long histories are measured', () => {
    const history = syntheticHistory(register, {
      seed: 'stale',
      operations: 50_000,
      processes: 10,
      operation: (random, place) => random.pick([{ kind: 'read' }, { kind: 'write', value: place }] as const),
      staleAfter: 40_000,
    });
    const { stale, versionsMax } = measureStaleness(history, register);
    expect(stale).toHaveLength(1);
    expect(versionsMax).toBeGreaterThan(19_000);
  });
});

/** For each read the explanation by the write that makes it the freshest, looking at every write for every read. */
function staleByDefinition(history: History<RegisterOperation>) {
  const all = operationsOf(history).filter(({ outcome }) => outcome.kind !== 'fail');
  const writes = all.filter(({ operation }) => operation.kind === 'write');
  const end = ({ outcome, returnIndex }: RecordedOperation): number =>
    outcome.kind === 'ok' ? (returnIndex ?? Infinity) : Infinity;
  const stale: number[][] = [];
  const unexplained: number[] = [];
  for (const read of all) {
    if (read.operation.kind !== 'read' || read.outcome.kind !== 'ok') continue;
    const { result } = read.outcome;
    const sources = writes
      .filter(({ operation, index }) => operation.kind === 'write' && operation.value === result && index < end(read))
      .map(end);
    if (result === null) sources.push(-1);
    if (sources.length === 0) {
      unexplained.push(read.index);
      continue;
    }
    const newer = sources.map((from) => writes.filter((write) => write.index > from && end(write) < read.index));
    const fewest = newer.reduce((best, one) => (one.length < best.length ? one : best));
    if (fewest.length === 0) continue;
    const first = Math.min(...fewest.map(({ returnedAt }) => returnedAt ?? Infinity));
    stale.push([read.index, fewest.length, read.invokedAt - first]);
  }
  return { stale, unexplained };
}

describe('k-atomicity', () => {
  const twoLate = `
    P0 |--put x 1--| |--put x 2--|
    P1                             |--get x: 1--|
  `;

  test('one value late is 2-atomic, two are 3-atomic', () => {
    const judged = (drawing: string, k: number) => checkKAtomicity(draw(drawing), keyValue, { k }).verdict;
    expect([1, 2].map((k) => judged(twoLate, k))).toEqual(['invalid', 'valid']);
    expect([1, 2, 3].map((k) => judged(LATE, k))).toEqual(['invalid', 'invalid', 'valid']);
  });

  test('a violation names the operations that show it', () => {
    const result = checkKAtomicity(draw(LATE), keyValue, { k: 2 });
    if (result.verdict !== 'invalid') throw new Error(result.verdict);
    expect(result.violation.rule).toBe('not 2-atomic');
    expect(result.violation.explanation).toMatch(
      /^get x: 1 \(process 1, .* ms\) is explained by no order in which each read returns one of the 2 latest values together with put x 1 .*, put x 2 .*, put x 3 .*\.$/,
    );
  });

  test('one read is enough, and what cannot be in any order is told without others', () => {
    const alone = checkKAtomicity(draw('P0 |--get x: 7--|'), keyValue, { k: 1 });
    if (alone.verdict !== 'invalid') throw new Error(alone.verdict);
    expect(alone.violation.explanation).toMatch(
      /^get x: 7 \(process 0, .* ms\) is explained by no order in which each read returns the latest value\.$/,
    );
    expect(alone.violation.operations).toEqual([0]);
    expect(alone.seen).toMatchObject({ operations: 1, completed: 1 });
  });

  test('keys are told apart, failed and unanswered operations are not held against anybody', () => {
    const judged = (drawing: string) => checkKAtomicity(draw(drawing), keyValue, { k: 1 }).verdict;
    expect(judged('P0 |--put x 1--| |--put y 2--| |--get x: 1--|')).toBe('valid');
    expect(
      judged(
        'P0 |--put x 1--| |--put x 2--! P0 |--get x: 1--|'.replace(
          ' P0 |--get',
          '\nP1                               |--get',
        ),
      ),
    ).toBe('valid');
    expect(
      judged(`
      P0 |--put x 1--| |--get x--?
      P1 |--put x 2--?
      P2                            |--get x: 1--| |--get x: 2--|
    `),
    ).toBe('valid');
  });

  test('unknown where it cannot be told; k is a positive whole number', () => {
    expect(checkKAtomicity(draw('P0 |--put x 1--|'), keyValue, { k: 2 }).verdict).toBe('unknown');
    expect(checkKAtomicity(draw('P0 |--append x 1--|'), keyValue, { k: 2 }).verdict).toBe('unknown');
    expect(() => checkKAtomicity(draw(LATE), keyValue, { k: 0 })).toThrow(/k is the number of latest values.* got 0/);
    expect(() => checkKAtomicity(draw(LATE), keyValue, { k: 1.5 })).toThrow(/got 1.5/);
  });

  test('is what the definition says; 1-atomic is linearizable', () => {
    const counts = { valid: 0, invalid: 0, needed: 0 };
    for (let seed = 0; seed < effort(3_000); seed++) {
      const history = small(seed);
      const linearizable = checkLinearizability(history, register).verdict !== 'invalid';
      const [one, two] = [1, 2].map((k) => checkKAtomicity(history, register, { k }).verdict !== 'invalid');
      expect(one, printNotation(history)).toBe(linearizable);
      expect(two, printNotation(history)).toBe(isKAtomic(history, 2));
      counts[two === true ? 'valid' : 'invalid']++;
      if (two === true && one !== true) counts.needed++;
    }
    expect(Math.min(counts.valid, counts.invalid, counts.needed), JSON.stringify(counts)).toBeGreaterThan(effort(40));
  });
});

/** Some order of all completed and any of the other operations respects time, and each read returns one of k values. */
function isKAtomic(history: History<RegisterOperation>, k: number): boolean {
  const all = operationsOf(history).filter(({ outcome }) => outcome.kind !== 'fail');
  const place = (left: readonly RecordedOperation<RegisterOperation>[], latest: readonly unknown[]): boolean =>
    left.every(({ outcome }) => outcome.kind !== 'ok') ||
    left.some((one) => {
      const rest = left.filter((other) => other !== one);
      if (rest.some(({ outcome, returnIndex }) => outcome.kind === 'ok' && (returnIndex ?? 0) < one.index))
        return false;
      const { operation, outcome } = one;
      if (operation.kind === 'write' && outcome.kind === 'ok' && outcome.result !== null) return false;
      if (operation.kind === 'write') return place(rest, [operation.value, ...latest].slice(0, k));
      return (outcome.kind !== 'ok' || latest.includes(outcome.result)) && place(rest, latest);
    });
  return place(all, [null]);
}
