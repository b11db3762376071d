/** The stream layer of Windows Azure Storage: seals, forced lengths and checks really happen, and allow what they may. */
import { describe, expect, test } from 'vitest';
import { judge, planGenerator, randomStream, simulate } from 'faultline';
import { azure } from 'faultline/models';
import { place } from '../models/azure/placement.js';
import { durable, nothingElse, stable } from '../models/azure/properties.js';
import { rules } from '../models/azure/rules.js';
import { BLAME_MICROS, SILENT_MICROS } from '../models/azure/timing.js';
import { effort } from './fixtures/effort.js';

test('extents are sealed, also without a replica, lengths forced, loads seal, retries repeat records, and all is kept', () => {
  const plan = planGenerator(azure);
  const seeds = effort(200);
  const seen: Record<string, number> = {};
  for (let seed = 0; seed < seeds; seed++) {
    const { failures, results } = judge(azure, simulate(azure, plan(seed)));
    expect(failures, `seed ${seed}`).toEqual([]);
    for (const { result } of results)
      for (const [what, count] of Object.entries(result.seen)) seen[what] = (seen[what] ?? 0) + count;
  }
  for (const what of ['allocated', 'seals', 'loads', 'reads']) expect(seen[what], what).toBeGreaterThan(seeds / 2);
  for (const what of ['sealedWithoutSome', 'truncated', 'copied', 'loadsThatSealed', 'repeated'])
    expect(seen[what], what).toBeGreaterThan(0);
});

describe('the commit length of an open extent', () => {
  test.for([
    [[4], undefined],
    [[4, 4], undefined],
    [[4, 4, 4], 4],
    [[0, 0, 0], 0],
    [[4, 5], null],
    [[4, 4, 5], null],
  ] as const)('by the answers %o of three replicas is %o', ([answers, length]) => {
    expect(rules.commitLength(answers, 3)).toBe(length);
  });
});

describe('an extent is placed', () => {
  const now = 100_000;
  const watched = (node: string, change: object = {}) => ({
    node,
    heardAt: now,
    blamedAt: null,
    extents: 0,
    ...change,
  });

  test('on the three nodes that hold least, not on silent ones, on blamed ones last', () => {
    const nodes = [
      watched('e1', { heardAt: now - SILENT_MICROS }),
      watched('e2', { blamedAt: now }),
      watched('e3', { extents: 9 }),
      watched('e4', { extents: 1 }),
      watched('e5', { blamedAt: now - BLAME_MICROS }),
    ];
    expect(place(nodes, now, randomStream('1', 'placement'))).toEqual(['e5', 'e4', 'e3']);
  });

  test('nowhere if fewer than three are heard of', () => {
    expect(place([watched('e1'), watched('e2')], now, randomStream('1', 'placement'))).toBeNull();
  });
});

/** A run of operations one after the other, each with its answer. */
function observed(...calls: readonly (readonly [operation: object, result: unknown])[]) {
  const history = calls.flatMap(([operation, result], index) => [
    { type: 'invoke', process: index, time: 2 * index, operation },
    { type: 'ok', process: index, time: 2 * index + 1, result },
  ]);
  return { history, probesFrom: history.length, finalReadsFrom: 0, replicas: new Map() } as never;
}

const append = (value: number, extent: number, offset: number) =>
  [
    { kind: 'append', value },
    { stream: 'c1', extent, offset },
  ] as const;
const load = (...records: readonly (readonly [value: number, extent: number, offset: number])[]) =>
  [
    { kind: 'load', stream: 'c1' },
    { records: records.map(([value, extent, offset]) => ({ value, extent, offset })), sealed: false },
  ] as const;

describe('the promises', () => {
  test('are kept by a record that a retry has repeated in another extent', () => {
    const run = observed(append(1, 1, 0), append(2, 3, 0), load([1, 1, 0], [2, 1, 1], [2, 3, 0]));
    for (const claim of [durable, stable, nothingElse]) expect(claim.check(run).verdict, claim.name).toBe('valid');
    expect(durable.check(run).seen).toMatchObject({ repeated: 1 });
  });

  test('are broken by an acknowledged record that is not at its position, or before an earlier one', () => {
    const lost = observed(append(1, 1, 0), load());
    expect(durable.check(lost)).toMatchObject({ violation: { rule: 'acknowledged append lost' } });
    const disordered = observed(append(1, 2, 0), append(2, 1, 5), load([2, 1, 5], [1, 2, 0]));
    expect(durable.check(disordered)).toMatchObject({ violation: { rule: 'appends out of order' } });
  });

  test('are broken by a record that a load showed and a later one does not, or another value there', () => {
    const gone = observed(append(1, 1, 0), load([1, 1, 0], [1, 1, 1]), load([1, 1, 0]));
    expect(stable.check(gone)).toMatchObject({ violation: { rule: 'loaded record gone' } });
    const changed = observed(append(1, 1, 0), append(2, 1, 1), load([2, 1, 0]));
    expect(stable.check(changed)).toMatchObject({ violation: { rule: 'position changed' } });
  });

  test('are broken by a record that nobody has appended', () => {
    expect(nothingElse.check(observed(append(1, 1, 0), load([1, 1, 0], [7, 1, 1]))).verdict).toBe('invalid');
  });

  test('are not judged where nothing was acknowledged or loaded', () => {
    for (const claim of [durable, stable, nothingElse]) expect(claim.check(observed()).verdict).toBe('unknown');
  });
});
