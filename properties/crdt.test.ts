/** Replicated data types: what makes them difficult really happens, and the objects are what their specification says. */
import { describe, expect, test } from 'vitest';
import { judge, operationsOf, planGenerator, simulate, type Run } from 'faultline';
import { crdtDelta, crdtOperations, crdtState } from 'faultline/models';
import {
  addDot,
  dotsOf,
  emptyContext,
  hasSeen,
  includesContext,
  joinContext,
  partsOf,
} from '../models/causality/causal-context.js';
import { apply, effectOf, noObjects, viewOfObjects } from '../models/crdt/effects.js';
import type { Seen, Taken, Update } from '../models/crdt/messages.js';
import { OPERATION_RULES, STATE_RULES } from '../models/crdt/rules.js';
import * as specification from '../models/crdt/specification.js';
import { deltaOf, emptyStore, join, viewOf, type Store } from '../models/crdt/store.js';
import { randomStream } from '../framework/kernel/random.js';
import { effort } from './fixtures/effort.js';

const SAMPLE = effort(60);

/** How many messages of each kind arrived in `SAMPLE` runs, and what reads showed. */
function exercised(system: typeof crdtState): { readonly [what: string]: number } {
  const plan = planGenerator(system);
  const counts: Record<string, number> = { concurrentWrites: 0, deleted: 0, disksLost: 0, elementsMax: 0 };
  const add = (what: string, n = 1): number => (counts[what] = (counts[what] ?? 0) + n);
  for (let seed = 0; seed < SAMPLE; seed++) {
    const run: Run = simulate(system, plan(seed), { trace: true });
    expect(judge(system, run).failures, `seed ${seed}`).toEqual([]);
    for (const event of run.trace ?? []) if (event.kind === 'deliver') add(event.message.kind);
    for (const fault of run.plan.faults) if (fault.kind === 'crash' && fault.freshDisk === true) add('disksLost');
    for (const { operation, outcome } of operationsOf(run.history)) {
      if (outcome.kind !== 'ok') continue;
      if (operation.kind === 'read') {
        const { view } = outcome.result as Seen;
        if (view.written.length > 1) add('concurrentWrites');
        counts['elementsMax'] = Math.max(counts['elementsMax'] ?? 0, view.sequence.length);
      } else if (operation.kind === 'delete' && (outcome.result as Taken).target !== undefined) add('deleted');
    }
  }
  return counts;
}

describe('runs really go through what is difficult', () => {
  test('state-based: concurrent writes, deletions, lost disks', () => {
    const counts = exercised(crdtState);
    expect(counts['state']).toBeGreaterThan(50 * SAMPLE);
    expect(counts['concurrentWrites']).toBeGreaterThan(SAMPLE / 2);
    expect(counts['deleted']).toBeGreaterThan(SAMPLE);
    expect(counts['disksLost']).toBeGreaterThan(0);
    expect(counts['elementsMax']).toBeGreaterThan(5);
  });

  test('delta-state: intervals, whole states, refusals after lost disks', () => {
    const counts = exercised(crdtDelta);
    for (const kind of ['interval', 'everything', 'joined']) expect(counts[kind]).toBeGreaterThan(3 * SAMPLE);
    expect(counts['refused']).toBeGreaterThan(0);
    expect(counts['interval']).toBeGreaterThan(2 * (counts['everything'] ?? Infinity));
  });

  test('operation-based: broadcasts, and what was lost of them asked for again', () => {
    const counts = exercised(crdtOperations);
    expect(counts['broadcast']).toBeGreaterThan(20 * SAMPLE);
    expect(counts['delivered']).toBeGreaterThan(20 * SAMPLE);
  });
});

describe('causal contexts', () => {
  test('join to the union, whatever the order, and become vectors where there are no gaps', () => {
    const random = randomStream('contexts', 'dots');
    for (let round = 0; round < effort(300); round++) {
      const dots = Array.from({ length: 12 }, () => `a${random.below(3)}x#${random.between(1, 5)}`);
      const [left, right, both] = [emptyContext(), emptyContext(), emptyContext()];
      for (const dot of dots) addDot(random.below(2) === 0 ? left : right, dot);
      for (const one of random.below(2) === 0 ? [left, right] : [right, left]) joinContext(both, one);
      expect(dotsOf(both).sort()).toEqual([...new Set(dots)].sort());
      for (const { actor, n } of both.cloud.map(partsOf)) expect(n).toBeGreaterThan((both.vector[actor] ?? 0) + 1);
      expect([includesContext(both, left), includesContext(both, right)]).toEqual([true, true]);
      expect(includesContext(left, right)).toBe(dotsOf(right).every((dot) => hasSeen(left, dot)));
    }
  });
});

/** Updates of three replicas that hear of each other now and then, by states, and by effects in causal order. */
describe('joins are associative, commutative and idempotent, and agree with effects', () => {
  const updates = (random: ReturnType<typeof randomStream>, n: number): Update => {
    const at = 'r1';
    const member = random.pick(['x', 'y']);
    const position = random.below(4);
    return random.pick<Update>([
      { kind: 'visit', at },
      { kind: 'count', at, amount: random.between(-5, 5) },
      { kind: 'assign', at, value: n },
      { kind: 'write', at, value: n },
      { kind: 'add', at, member },
      { kind: 'remove', at, member },
      { kind: 'insert', at, position, value: n },
      { kind: 'delete', at, position },
    ]);
  };
  const joined = (...stores: readonly Store[]): Store => {
    const all = emptyStore();
    for (const store of stores) join(all, store, STATE_RULES);
    return all;
  };
  const look = (store: Store): unknown => ({ view: viewOf(store), seen: dotsOf(store.seen).sort() });

  test(`over ${effort(300)} rounds`, () => {
    const random = randomStream('joins', 'updates');
    for (let round = 0; round < effort(300); round++) {
      const stores = [emptyStore(), emptyStore(), emptyStore()];
      const objects = noObjects();
      const taken: Taken[] = [];
      for (let n = 1; n <= 25; n++) {
        const who = random.below(3);
        const store = stores[who] as Store;
        if (random.below(3) === 0) {
          join(store, structuredClone(stores[random.below(3)] as Store), STATE_RULES);
          continue;
        }
        const actor = `a${who}`;
        const name = {
          dot: `${actor}#${(store.seen.vector[actor] ?? 0) + 1}`,
          stamp: { time: store.latest + 1, actor },
        };
        const update = updates(random, n);
        const { delta, neighbours } = deltaOf(store, update, name);
        taken.push({ id: String(n), dot: name.dot, update, follows: structuredClone(store.seen), ...neighbours });
        join(store, delta, STATE_RULES);
      }
      const [one, other, third] = stores as [Store, Store, Store];
      const all = joined(one, other, third);
      expect(look(joined(third, joined(other, one)))).toEqual(look(all));
      expect(look(joined(all, other, all))).toEqual(look(all));
      // By the specification, which knows nothing of joins.
      const view = viewOf(all);
      expect(view).toMatchObject({
        visits: specification.visits(taken),
        count: specification.count(taken),
        written: specification.written(taken),
        members: specification.members(taken),
      });
      expect([...view.sequence].sort()).toEqual([...specification.elements(taken)].sort());
      // One after the other, updates are the same as effects.
      const alone = emptyStore();
      for (let n = 1; n <= 15; n++) {
        const name = { dot: `a#${n}`, stamp: { time: n, actor: 'a' } };
        const update = updates(random, n);
        join(alone, deltaOf(alone, update, name).delta, STATE_RULES);
        apply(objects, effectOf(objects, update, name).effect, OPERATION_RULES);
      }
      expect(viewOfObjects(objects)).toEqual(viewOf(alone));
    }
  });

  test('and the specification finds orders that contradict each other', () => {
    expect(
      specification.contradiction([
        [1, 2, 3],
        [1, 3],
        [2, 4, 3],
      ]),
    ).toBeUndefined();
    expect(
      specification.contradiction([
        [1, 2],
        [2, 3],
        [3, 1],
      ]),
    ).toEqual([1, 2, 3]);
  });
});
