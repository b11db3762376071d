/** Dynamo: stand-ins, handoff, repair and forgetting really happen, and its parts do what the paper says of them. */
import { describe, expect, test } from 'vitest';
import { judge, operationsOf, planGenerator, simulate } from 'faultline';
import { dynamo, dynamoStrict } from 'faultline/models';
import { hashAt } from '../models/dynamo/merkle-tree.js';
import type { Found } from '../models/dynamo/messages.js';
import { COPIES, Ring } from '../models/dynamo/ring.js';
import { merged, NOTHING, sameObject, written, type StoredObject } from '../models/dynamo/versions.js';
import { randomStream } from '../framework/kernel/random.js';
import { effort } from './fixtures/effort.js';

const SAMPLE = effort(60);
const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];

describe.for([dynamo, dynamoStrict])('$name', (system) => {
  test('goes through handoff, repair, siblings and forgotten tombstones', () => {
    const plan = planGenerator(system);
    const counts: Record<string, number> = { hints: 0, siblings: 0, forgotten: 0 };
    const add = (what: string): number => (counts[what] = (counts[what] ?? 0) + 1);
    for (let seed = 0; seed < SAMPLE; seed++) {
      const run = simulate(system, plan(seed), { trace: true });
      expect(judge(system, run).failures, `seed ${seed}`).toEqual([]);
      for (const event of run.trace ?? []) {
        if (event.kind !== 'deliver') continue;
        add(event.message.kind);
        if (event.message.kind === 'store' && Reflect.get(event.message, 'hint') !== null) add('hints');
      }
      const deleted = new Set<unknown>();
      for (const { operation, outcome, index } of operationsOf(run.history)) {
        if (outcome.kind !== 'ok' || !('key' in operation)) continue;
        if (operation.kind === 'delete') deleted.add(operation.key);
        if (operation.kind !== 'get') continue;
        const { siblings, seen } = outcome.result as Found;
        if (siblings.length > 1) add('siblings');
        const isFinal = index >= run.finalReadsFrom;
        if (isFinal && deleted.has(operation.key) && Object.keys(seen.vector).length === 0) add('forgotten');
      }
    }
    for (const kind of ['handoff', 'handedOver', 'exchange']) expect(counts[kind], kind).toBeGreaterThan(SAMPLE / 4);
    expect(counts['hints']).toBeGreaterThan(SAMPLE);
    expect(counts['siblings']).toBeGreaterThan(SAMPLE);
    expect(counts['forgotten']).toBeGreaterThan(0);
  });
});

describe('the ring', () => {
  const ring = new Ring(NODES);

  test('gives each key all nodes in some order, of which the first hold it', () => {
    for (const key of ['x', 'y', 'z', 'probe']) {
      expect([...ring.inOrder(key)].sort()).toEqual(NODES);
      expect(ring.preferenceList(key)).toEqual(ring.inOrder(key).slice(0, COPIES));
    }
  });

  test('moves few keys when a node leaves', () => {
    const smaller = new Ring(NODES.slice(0, 4));
    for (let key = 0; key < 200; key++) {
      const without = ring.inOrder(`k${key}`).filter((node) => node !== 'n5');
      expect(smaller.inOrder(`k${key}`)).toEqual(without);
    }
  });
});

/** Objects as they come about: writes that follow what some copy had seen, and copies that are merged. */
function copies(random: ReturnType<typeof randomStream>): StoredObject[] {
  const all = [NOTHING, NOTHING, NOTHING];
  const counts = [0, 0, 0];
  for (let n = 1; n <= 12; n++) {
    const who = random.below(3);
    const before = all[who] ?? NOTHING;
    if (random.below(2) === 0) all[who] = merged(before, all[random.below(3)] ?? NOTHING);
    else {
      const count = (counts[who] = (counts[who] ?? 0) + 1);
      const value = random.below(4) === 0 ? null : n;
      all[who] = merged(before, written({ dot: `a${who}#${count}`, value, at: n }, before.seen));
    }
  }
  return all;
}

describe('versions', () => {
  test('merge alike in any order, and a write leaves nothing of what it followed', () => {
    const random = randomStream('versions', 'merge');
    for (let round = 0; round < effort(300); round++) {
      const [one, other, third] = copies(random) as [StoredObject, StoredObject, StoredObject];
      const all = merged(merged(one, other), third);
      expect(sameObject(all, merged(third, merged(other, one)))).toBe(true);
      expect(sameObject(all, merged(all, one))).toBe(true);
      const last = written({ dot: 'b#1', value: 99, at: 99 }, all.seen);
      expect(merged(all, last).versions.map(({ value }) => value)).toEqual([99]);
    }
  });

  test('have equal hash trees just if they are equal', () => {
    const random = randomStream('versions', 'trees');
    for (let round = 0; round < effort(200); round++) {
      const [one, other] = copies(random) as [StoredObject, StoredObject];
      const rest = Array.from({ length: 6 }, (_, index) => [`k${index}`, copies(random)[0] as StoredObject] as const);
      const [left, right] = [one, other].map((object) => [...rest, ['k', object] as const]);
      expect(hashAt(left ?? [], '') === hashAt((right ?? []).toReversed(), '')).toBe(sameObject(one, other));
    }
  });
});
