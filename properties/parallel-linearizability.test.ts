/** Several threads give the verdict of one, whichever of them is first. */
import { expect, test } from 'vitest';
import { checkLinearizability } from 'faultline';
import { keyValue } from 'faultline/models';
import { checkLinearizabilityInParallel } from '../framework/cli/parallel-linearizability.js';
import type { AnySpec } from '../framework/cli/load-spec.js';
import { syntheticHistory } from './fixtures/synthetic-history.js';

const source = { name: 'key-value', module: undefined };
const spec = keyValue as unknown as AnySpec;

const history = (staleAfter: number) =>
  syntheticHistory(keyValue, {
    seed: 'parallel',
    operations: 3_000,
    processes: 10,
    infoPerMillion: 5_000,
    operation: (random) => {
      const key = random.pick(['a', 'b', 'c', 'd', 'e']);
      return random.pick([
        { kind: 'get', key },
        { kind: 'put', key, value: random.between(1, 4) },
      ] as const);
    },
    staleAfter,
  });

for (const [name, given] of [
  ['valid', history(Infinity)],
  ['invalid', history(2_000)],
] as const)
  test(`${name}: the same verdict, violation and methods`, async () => {
    const alone = checkLinearizability(given, keyValue);
    expect(alone.verdict).toBe(name);
    for (const aloneMax of [1, 10_000]) {
      const decided: number[] = [];
      const parallel = await checkLinearizabilityInParallel(given, spec, {
        source,
        aloneMax,
        onDecided: (keys) => decided.push(keys),
      });
      expect(parallel).toEqual(alone);
      expect(decided).toEqual(decided.toSorted((one, other) => one - other));
    }
  });

test('a bound is a bound on every thread', async () => {
  const options = { configurationsMax: 500 };
  const parallel = await checkLinearizabilityInParallel(history(Infinity), spec, { ...options, source, aloneMax: 1 });
  expect(parallel).toEqual(checkLinearizability(history(Infinity), keyValue, options));
  expect(parallel.verdict).toBe('unknown');
});

test('a worker that fails is told, not waited for', async () => {
  const failing = checkLinearizabilityInParallel(history(Infinity), spec, {
    source: { name: 'no such thing', module: undefined },
    aloneMax: 1,
  });
  await expect(failing).rejects.toThrow(/unknown specification 'no such thing'/);
});
