/** CRAQ: dirty reads, test-and-sets, failures and joins at every place really happen, and its parts do what the paper says. */
import { describe, expect, test } from 'vitest';
import { judge, planGenerator, simulate } from 'faultline';
import { craq, craqSystem } from 'faultline/models';
import { emptyObject, isDirty, markClean, store, type Version } from '../models/craq/objects.js';
import { rules } from '../models/craq/rules.js';
import { LEASE_MICROS } from '../models/craq/timing.js';
import { effort } from './fixtures/effort.js';

const version = (n: number): Version => ({ version: n, value: `v${n}`, acceptedIn: 1, sessions: [] });

describe('an object', () => {
  test('keeps its versions in order however they arrive, each once', () => {
    const object = emptyObject('x');
    for (const n of [3, 1, 2, 3]) store(object, version(n));
    expect(object.versions.map((one) => one.version)).toEqual([1, 2, 3]);
    expect(isDirty(object)).toBe(true);
  });

  test('forgets what is older than a committed version, and takes nothing older in', () => {
    const object = emptyObject('x');
    for (const n of [1, 2, 3]) store(object, version(n));
    expect(markClean(object, { key: 'x', version: 2, committedIn: 1 })).toBe(true);
    store(object, version(1));
    expect(object.versions.map((one) => one.version)).toEqual([2, 3]);
    expect(isDirty(object)).toBe(true);
    expect(markClean(object, { key: 'x', version: 3, committedIn: 1 })).toBe(true);
    expect(isDirty(object)).toBe(false);
  });

  test('is not clean at a version that it does not have, nor again at an older one', () => {
    const object = emptyObject('x');
    store(object, version(2));
    expect(markClean(object, { key: 'x', version: 3, committedIn: 1 })).toBe(false);
    expect(markClean(object, { key: 'x', version: 2, committedIn: 1 })).toBe(true);
    expect(markClean(object, { key: 'x', version: 2, committedIn: 2 })).toBe(false);
    expect(object.committedIn).toBe(1);
  });
});

describe('a test-and-set', () => {
  test.for([
    [{ expected: 2, committed: 2, latest: 2 }, 'accept'],
    [{ expected: 2, committed: 2, latest: 3 }, 'busy'],
    [{ expected: 3, committed: 2, latest: 3 }, 'busy'],
    [{ expected: 3, committed: 2, latest: 2 }, 'busy'],
    [{ expected: 1, committed: 2, latest: 3 }, 'mismatch'],
  ] as const)('of %o is answered with %s', ([object, answer]) => {
    expect(rules.testAndSet(object)).toBe(answer);
  });
});

test('a lease counts from when the heartbeat was sent, and nobody has one before', () => {
  expect(rules.mayRead({ now: LEASE_MICROS, heartbeatSentAt: null })).toBe(false);
  expect(rules.mayRead({ now: LEASE_MICROS + 4, heartbeatSentAt: 5 })).toBe(true);
  expect(rules.mayRead({ now: LEASE_MICROS + 5, heartbeatSentAt: 5 })).toBe(false);
});

test.for([craq, craqSystem({ servers: 2 }), craqSystem({ servers: 5 })])(
  '$name reads clean and dirty, tests and sets, loses and regains every place, and keeps its promises',
  (system) => {
    const plan = planGenerator(system);
    const seeds = effort(150);
    const seen: Record<string, number> = {};
    for (let seed = 0; seed < seeds; seed++) {
      const { failures, results } = judge(system, simulate(system, plan(seed)));
      expect(failures, `seed ${seed}`).toEqual([]);
      for (const { result } of results)
        for (const [what, count] of Object.entries(result.seen)) seen[what] = (seen[what] ?? 0) + count;
    }
    const often = ['cleanReads', 'versionQueries', 'propagated', 'testAndSets', 'mismatches', 'synced'];
    const places = ['headsLost', 'tailsLost', 'joinedAsHead', 'joinedAsTail'];
    const middle = system.servers?.usual === 2 ? [] : ['middlesLost', 'joinedInTheMiddle'];
    for (const what of [...often, ...places, ...middle]) expect(seen[what], what).toBeGreaterThan(seeds / 20);
  },
);
