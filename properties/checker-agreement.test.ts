/**
 * Two searches and a decision procedure for the same question must agree: the frontier search, plain Wing-Gong-Lowe, and
 * the zones of Gibbons and Korach. Each knows nothing of the others. `linearizability.test.ts` compares with the
 * definition itself.
 */
import { describe, expect, test } from 'vitest';
import { checkLinearizability, type AnyOperation, type History, type Spec } from 'faultline';
import { counter, keyValue, register } from 'faultline/models';
import { searchFrontier } from '../framework/checkers/linearizability/frontier-search.js';
import { groupByKey } from '../framework/checkers/linearizability/groups.js';
import { asUniqueWrites, firstIllegalReturn } from '../framework/checkers/linearizability/unique-writes.js';
import { nameOf } from '../framework/checkers/spec.js';
import { searchLinearization } from './fixtures/wing-gong-lowe.js';
import type { Random } from '../framework/kernel/random.js';
import { families, smallHistory } from './fixtures/checker-families.js';
import { effort } from './fixtures/effort.js';
import { syntheticHistory } from './fixtures/synthetic-history.js';

const HISTORIES = effort(3_000);
const BOUNDS = { configurationsMax: 1e7, frontierMax: 1e6 };

describe('the searches agree', () => {
  for (const [place, one] of families.entries())
    test(`on ${HISTORIES} histories of a ${nameOf(one.spec)} (${place + 1})`, () => {
      const counts = { legal: 0, illegal: 0, byZones: 0 };
      for (let seed = 0; seed < HISTORIES; seed++)
        for (const group of groupByKey(smallHistory(one, seed), one.spec).groups) {
          const frontier = searchFrontier(group, one.spec, BOUNDS);
          const plain = searchLinearization(group, one.spec, 1e7);
          expect(frontier.kind, `seed ${seed}`).toBe(plain.kind);
          if (frontier.kind === 'exhausted') continue;
          counts[frontier.kind]++;
          if (frontier.kind === 'illegal' && plain.kind === 'illegal') expect(frontier.stuckAt).toBe(plain.stuckAt);
          const writes = asUniqueWrites(group, one.spec);
          if (writes === undefined) continue;
          counts.byZones++;
          const stuckAt = frontier.kind === 'illegal' ? frontier.stuckAt : undefined;
          expect(firstIllegalReturn(group, writes), `seed ${seed}`).toBe(stuckAt);
        }
      expect(Math.min(counts.legal, counts.illegal), JSON.stringify(counts)).toBeGreaterThan(HISTORIES / 20);
    });

  test('on registers of different values, where nothing need be searched', () => {
    const [, unique] = families;
    if (unique === undefined) return;
    let byZones = 0;
    for (let seed = 0; seed < HISTORIES; seed++) {
      const { methods } = checkLinearizability(smallHistory(unique, seed), unique.spec);
      byZones += methods['unique writes'] ?? 0;
    }
    expect(byZones).toBeGreaterThan(HISTORIES / 2);
  });
});

/** Verdicts do not show what the search leaves out, its cost does: more configurations than before are a regression. */
describe('the search costs what it did', () => {
  const cost = (history: History, spec: Spec<unknown, AnyOperation>): number =>
    groupByKey(history, spec).groups.reduce(
      (sum, group) => sum + searchFrontier(group, spec, BOUNDS).configurations,
      0,
    );

  test('on small histories of each specification', () => {
    const costs = families.map((one) => {
      const histories = Array.from({ length: 60 }, (_, seed) => smallHistory(one, seed));
      return histories.reduce((sum, history) => sum + cost(history, one.spec), 0);
    });
    expect(costs).toEqual([1697, 1627, 1574, 856, 1135, 1058, 9121, 513, 948, 1671]);
  });

  const onRegister = (random: Random) =>
    random.pick([
      { kind: 'read' },
      { kind: 'write', value: random.below(5) },
      { kind: 'cas', from: random.below(5), to: random.below(5) },
    ] as const);
  const mostlyRead = (random: Random) =>
    random.below(10) > 0 ? ({ kind: 'read' } as const) : ({ kind: 'write', value: random.below(5) } as const);
  const onCounter = (random: Random) =>
    random.below(3) < 2 ? ({ kind: 'read' } as const) : ({ kind: 'add', amount: random.between(1, 9) } as const);
  const given = (processes: number, infoPerMillion: number) => ({
    seed: 'cost',
    operations: 400,
    processes,
    infoPerMillion,
  });
  const histories: readonly (readonly [what: string, History, spec: unknown, expected: number])[] = [
    ['a register, 5 processes', syntheticHistory(register, { ...given(5, 0), operation: onRegister }), register, 3_137],
    [
      'a register, 10 processes, 2 % unknown',
      syntheticHistory(register, { ...given(10, 20_000), operation: onRegister }),
      register,
      244_915,
    ],
    // More open operations than a word has bits, and more states than the tables begin with.
    [
      'a register mostly read, 40 processes',
      syntheticHistory(register, { ...given(40, 0), operation: mostlyRead }),
      register,
      5_110,
    ],
    [
      'a register mostly read, 70 processes',
      syntheticHistory(register, { ...given(70, 0), operation: mostlyRead }),
      register,
      6_754,
    ],
    ['a counter, 5 processes', syntheticHistory(counter, { ...given(5, 0), operation: onCounter }), counter, 875],
    [
      'a counter, 5 processes, 1 % unknown',
      syntheticHistory(counter, { ...given(5, 10_000), operation: onCounter }),
      counter,
      1_040,
    ],
  ];
  for (const [what, history, spec, expected] of histories)
    test(`on 400 operations of ${what}`, () => {
      expect(cost(history, spec as Spec<unknown, AnyOperation>)).toBe(expected);
    });

  test('on texts that grow and are overwritten before anybody reads them', () => {
    const onText = (_: Random, place: number) =>
      place > 220
        ? ({ kind: 'get', key: 'x' } as const)
        : place === 200
          ? ({ kind: 'put', key: 'x', value: 'new' } as const)
          : ({ kind: 'append', key: 'x', value: `,${place}` } as const);
    const history = syntheticHistory(keyValue, { ...given(5, 10_000), operations: 240, operation: onText });
    const withoutForgetting = { ...keyValue };
    delete withoutForgetting.forget;
    const [group] = groupByKey(history, keyValue).groups;
    if (group === undefined) throw new Error('no key');
    const search = searchFrontier(group, keyValue, BOUNDS);
    expect(search).toMatchObject({ kind: 'legal', configurations: 8_620 });
    expect(searchFrontier(group, withoutForgetting, BOUNDS).kind).toBe('exhausted');
  });

  test('and gives up right behind its bounds', () => {
    const history = syntheticHistory(counter, { ...given(5, 0), operation: onCounter });
    const [group] = groupByKey(history, counter).groups;
    if (group === undefined) throw new Error('no key');
    const { configurations } = searchFrontier(group, counter, BOUNDS);
    const bounded = (bounds: Partial<typeof BOUNDS>) => searchFrontier(group, counter, { ...BOUNDS, ...bounds }).kind;
    expect(bounded({ configurationsMax: configurations })).toBe('legal');
    expect(bounded({ configurationsMax: configurations / 2 })).toBe('exhausted');
    const kept = [...Array(200).keys()].find((frontierMax) => bounded({ frontierMax }) === 'legal');
    expect(kept).toBe(18);
  });
});

describe('long histories are decided in bounded memory', () => {
  const few = (random: Random): { kind: 'read' } | { kind: 'write'; value: number } =>
    random.below(2) === 0 ? { kind: 'read' } : { kind: 'write', value: random.below(5) };

  for (const processes of [5, 10])
    for (const infoPerMillion of [0, 10_000])
      test(`20,000 operations of ${processes} processes on one register of 5 values, ${infoPerMillion / 10_000} % unknown`, () => {
        const options = { seed: 'long', operations: effort(20_000), processes, operation: few, infoPerMillion };
        expect(checkLinearizability(syntheticHistory(register, options), register)).toMatchObject({
          verdict: 'valid',
          methods: { 'frontier search': 1 },
        });
        const stale = checkLinearizability(
          syntheticHistory(register, { ...options, staleAfter: effort(18_000) }),
          register,
        );
        expect(stale.verdict).toBe('invalid');
        if (stale.verdict !== 'invalid') return;
        expect(stale.violation.operations.length).toBeLessThan(40);
        expect(stale.violation.explanation).toMatch(/read returned nil .* no order of the operations|but write/);
      });

  test('a bound that is too small is unknown, never valid', () => {
    const history = syntheticHistory(register, { seed: 'x', operations: 2_000, processes: 12, operation: few });
    expect(checkLinearizability(history, register, { frontierMax: 10 }).verdict).toBe('unknown');
    expect(checkLinearizability(history, register, { configurationsMax: 1_000 }).verdict).toBe('unknown');
  });
});
