/** Cycles are found where they are, the shortest of each kind, and what is returned is one. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DependencyGraph, type Edge } from '../framework/checkers/dependency-graph.js';
import { effort } from './fixtures/effort.js';

type Given = readonly (readonly [from: number, to: number, kind: number])[];

const NODES = 5;
const graphOf = (edges: Given, nodes = NODES): DependencyGraph<number> => {
  const graph = new DependencyGraph<number>(nodes);
  for (const [place, [from, to, kind]] of edges.entries()) graph.add(from, to, kind, place);
  return graph;
};

/** The length of the shortest closed walk whose kinds, in a circle, `fits` accepts: by trying all up to 2 · NODES edges. */
function shortest(edges: Given, fits: (kinds: readonly number[]) => boolean): number | undefined {
  const real = edges.filter(([from, to]) => from !== to);
  for (let length = 2; length <= 6; length++) {
    const found = (walk: Given): boolean => {
      const [first] = walk;
      const last = walk.at(-1);
      if (walk.length === length) return first?.[0] === last?.[1] && fits(walk.map(([, , kind]) => kind));
      return real.some((edge) => (last === undefined || last[1] === edge[0]) && found([...walk, edge]));
    };
    if (found([])) return length;
  }
  return undefined;
}

function expectCycle(cycle: readonly Edge<number>[] | undefined, length: number | undefined): void {
  expect(cycle?.length).toBe(length);
  for (const [place, { to }] of (cycle ?? []).entries()) expect(cycle?.[(place + 1) % cycle.length]?.from).toBe(to);
}

const edge = fc.tuple(fc.nat(NODES - 1), fc.nat(NODES - 1), fc.constantFrom(1, 2, 4));
const graphs = fc.noBias(fc.array(edge, { maxLength: 9 }));

describe('on random graphs', () => {
  test('the shortest cycle over some kinds', () => {
    const counts = { some: 0, none: 0 };
    fc.assert(
      fc.property(graphs, fc.constantFrom(1, 3, 7), (edges, kinds) => {
        const length = shortest(edges, (all) => all.every((kind) => (kind & kinds) !== 0));
        const graph = graphOf(edges);
        expectCycle(graph.cycle(kinds), length);
        expect(graph.isCyclic(kinds)).toBe(length !== undefined);
        counts[length === undefined ? 'none' : 'some']++;
      }),
      { seed: 1, numRuns: effort(2_000) },
    );
    expect(Math.min(counts.some, counts.none), JSON.stringify(counts)).toBeGreaterThan(effort(200));
  });

  test('the shortest with exactly one edge of a kind', () => {
    let found = 0;
    fc.assert(
      fc.property(graphs, (edges) => {
        const length = shortest(
          edges,
          (all) => all.every((kind) => kind !== 2) && all.filter((kind) => kind === 4).length === 1,
        );
        const cycle = graphOf(edges).cycle(1, 4);
        expectCycle(cycle, length);
        if (cycle === undefined) return;
        found++;
        expect(cycle.filter(({ kind }) => kind === 4)).toHaveLength(1);
      }),
      { seed: 2, numRuns: effort(2_000) },
    );
    expect(found).toBeGreaterThan(effort(100));
  });

  test('the shortest in which no two edges of a kind follow one another', () => {
    let found = 0;
    fc.assert(
      fc.property(graphs, (edges) => {
        const length = shortest(
          edges,
          (all) =>
            all.every((kind) => kind !== 2) &&
            all.every((kind, place) => kind !== 4 || all[(place + 1) % all.length] !== 4),
        );
        const cycle = graphOf(edges).cycleApart(1, 4);
        expectCycle(cycle, length);
        if (cycle !== undefined && cycle.some(({ kind }) => kind === 4)) found++;
      }),
      { seed: 3, numRuns: effort(2_000) },
    );
    expect(found).toBeGreaterThan(effort(50));
  });
});

test('in a large component a short cycle is looked for from a few hundred edges only, and one is found', () => {
  // A ring of 1,000, and behind it a pair.
  const ring: Given = Array.from({ length: 1_000 }, (_, node) => [node, (node + 1) % 1_000, 1] as const);
  expect(graphOf(ring, 1_000).cycle(1)).toHaveLength(1_000);
  const pair = (at: number): Given => [...ring, [(at + 1) % 1_000, at, 1]];
  expect(graphOf(pair(100), 1_000).cycle(1)).toHaveLength(2);
  expect(graphOf(pair(900), 1_000).cycle(1)).toHaveLength(1_000);
});

test('a path stays within what is allowed', () => {
  const graph = graphOf([
    [0, 1, 1],
    [1, 2, 1],
    [0, 3, 1],
    [3, 4, 1],
    [4, 2, 1],
  ]);
  const nodes = (within?: (node: number) => boolean) => graph.path(0, 2, 1, within)?.map(({ to }) => to);
  expect(nodes()).toEqual([1, 2]);
  expect(nodes((node) => node !== 1)).toEqual([3, 4, 2]);
  expect(nodes((node) => node === 2)).toBeUndefined();
  expect(graph.path(0, 2, 2)).toBeUndefined();
});
