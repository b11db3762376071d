/** How plans are chosen: each strategy stays within what is tolerated, repeats itself, and is good at what it is for. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Campaign, inspection, protocol, requestClient, simulate, system, type Plan, type System } from 'faultline';
import { abstractHash } from '../framework/explore/coverage.js';
import { STRATEGY_NAMES, strategyNamed, type StrategyName } from '../framework/explore/strategy.js';
import { isTolerated } from '../framework/plan/tolerated.js';
import { systems } from '../models/index.js';
import { pingSystem } from './fixtures/ping.js';

/** What `strategy` runs on `system` for so many seeds. */
function plansRun(target: System, strategy: StrategyName, seeds: number): Plan[] {
  const campaign = new Campaign(target, { strategy });
  return Array.from({ length: seeds }, (_, seed) => campaign.runSeed(String(seed)).run.plan);
}

describe.each(STRATEGY_NAMES)('%s', (strategy) => {
  test.each(systems)('plans for $name only what it tolerates, and the same again', (one) => {
    const plans = plansRun(one, strategy, 50);
    for (const plan of plans) {
      expect(isTolerated(plan, one.tolerates)).toBe(true);
      expect(plan.operations.length).toBeLessThanOrEqual(one.workload.operationsMax);
      expect(plan.operations.every(({ client }) => client < plan.clients)).toBe(true);
      expect(plan.faults.every(({ at }) => at < plan.healAt)).toBe(true);
    }
    expect(plansRun(one, strategy, 15)).toEqual(plans.slice(0, 15));
  });

  test('runs a system that tolerates no fault', () => {
    expect(plansRun(pingSystem(), strategy, 20).every(({ faults }) => faults.length === 0)).toBe(true);
  });
});

// --- Coverage ---

const TURNS = ['left', 'right', 'push', 'pull'] as const;
type Turn = { readonly kind: (typeof TURNS)[number] };
type LockMessage =
  (Turn & { readonly id: string }) | { readonly kind: 'done'; readonly id: string; readonly open: boolean };

const COMBINATION = ['push', 'left', 'left', 'pull', 'right', 'push', 'pull', 'left', 'right'] as const;
/** A name for how far one has got: a state whose steps coverage can tell apart. */
const PROGRESS = ['closed', 'moved', 'felt', 'heard', 'held', 'loose', 'ajar', 'gaping', 'wide', 'open'] as const;

/** Opens if nine turns come in the right order without a wrong one between them: about one plan in nine thousand. */
const lock = (() => {
  interface State {
    progress: (typeof PROGRESS)[number];
  }
  const turned =
    (turn: Turn['kind']) =>
    (
      state: State,
      { id }: { readonly id: string },
      from: string,
      ctx: { send: (to: string, message: LockMessage) => void },
    ): void => {
      const place = PROGRESS.indexOf(state.progress);
      if (state.progress !== 'open')
        state.progress = COMBINATION[place] === turn ? (PROGRESS[place + 1] ?? 'open') : 'closed';
      ctx.send(from, { kind: 'done', id, open: state.progress === 'open' });
    };
  const server = protocol<State, LockMessage>({
    init: () => ({ progress: 'closed' }),
    on: { left: turned('left'), right: turned('right'), push: turned('push'), pull: turned('pull') },
  });
  return (abstraction = false) =>
    system<LockMessage, Turn, object, boolean>({
      name: 'lock',
      title: 'a combination lock',
      cluster: () => ({
        nodes: { server },
        client: requestClient<LockMessage, Turn>({
          timeoutMicros: 50_000,
          request: ({ kind }, id) => ({ to: 'server', message: { kind, id } }),
          answers: { done: ({ id, open }) => ({ id, result: open }) },
        }),
        inspections: [inspection(server, ({ progress }) => progress === 'open')],
        ...(abstraction && { abstractions: [inspection(server, ({ progress }) => PROGRESS.indexOf(progress) >> 3)] }),
      }),
      workload: {
        clients: 1,
        operation: fc.constantFrom(...TURNS.map((kind) => ({ kind }))),
        operationsMax: 30,
        finalReads: () => [],
      },
      phases: { faultsMicros: 1_000_000, settleMicros: 10_000 },
      tolerates: {},
      properties: [
        {
          name: 'the lock stays closed',
          check: ({ replicas }) =>
            [...replicas.values()].includes(true)
              ? {
                  verdict: 'invalid',
                  violation: { rule: 'open', explanation: 'It is open.', operations: [] },
                  seen: {},
                }
              : { verdict: 'valid', seen: {} },
        },
      ],
    });
})();

/** How many seeds `strategy` takes, up to `max`. */
function seedsTo(target: System, strategy: StrategyName, max: number, rep = 0): number {
  const campaign = new Campaign(target, { strategy });
  for (let seed = 0; seed < max; seed++) if (campaign.runSeed(`${rep}.${seed}`).found !== undefined) return seed + 1;
  return Infinity;
}

describe('coverage-guided search', () => {
  test('opens a lock, step by step, that chance does not', () => {
    const opened = (strategy: StrategyName): number =>
      [0, 1, 2, 3, 4].filter((rep) => seedsTo(lock(), strategy, 2_500, rep) < Infinity).length;
    expect(opened('coverage')).toBeGreaterThanOrEqual(4);
    expect(opened('uniform')).toBeLessThanOrEqual(1);
  });

  test('goes by what the system says of its states, if it says anything', () => {
    // Told that the first eight steps are all alike, it is no better than chance.
    expect(seedsTo(lock(true), 'coverage', 1_500)).toBe(Infinity);
  });

  test('tells states apart by their form, and not by their particulars', () => {
    const same: readonly (readonly [unknown, unknown])[] = [
      [
        { role: 'primary', term: 4 },
        { term: 9, role: 'primary' },
      ],
      [{ log: ['a1', 'a2', 'a3', 'a4'] }, { log: ['b', 'c', 'd', 'e', 'f'] }],
      [{ leader: 's1' }, { leader: 's3' }],
    ];
    for (const [one, other] of same) expect(abstractHash(one)).toBe(abstractHash(other));
    const different: readonly (readonly [unknown, unknown])[] = [
      [{ role: 'primary' }, { role: 'backup' }],
      [{ log: [] }, { log: ['a'] }],
      [{ term: 0 }, { term: 1 }],
      [{ vote: null }, { vote: 's1' }],
      [{ waiting: true }, { waiting: false }],
      [[], {}],
    ];
    for (const [one, other] of different) expect(abstractHash(one)).not.toBe(abstractHash(other));
  });
});

// --- Probabilistic concurrency testing ---

type RaceMessage =
  { readonly kind: 'go' | 'done'; readonly id: string } | { readonly kind: 'direct' | 'relayed'; readonly id: string };

/**
 * The server tells the rival directly and by way of two relays. It is broken if the direct word comes last, three times in
 * a row: chance must make the same link slow each time.
 */
const race = (() => {
  interface State {
    heard: string[];
    late: number;
  }
  const next: Readonly<Record<string, string>> = { server: 'first', first: 'second', second: 'rival' };
  const node = protocol<State, RaceMessage>({
    init: () => ({ heard: [], late: 0 }),
    on: {
      go(_state, { id }, from, ctx) {
        ctx.send('rival', { kind: 'direct', id });
        ctx.send('first', { kind: 'relayed', id });
        ctx.send(from, { kind: 'done', id });
      },
      direct(state, { id }) {
        state.late = state.heard.includes(id) ? state.late + 1 : 0;
      },
      relayed(state, { id }, _from, ctx) {
        const to = next[ctx.self];
        if (to === undefined) state.heard.push(id);
        else ctx.send(to, { kind: 'relayed', id });
      },
    },
  });
  return system<RaceMessage, { readonly kind: 'go' }, object, State>({
    name: 'race',
    title: 'a word that comes by two ways',
    cluster: () => ({
      nodes: { server: node, first: node, second: node, rival: node },
      client: requestClient<RaceMessage, { readonly kind: 'go' }>({
        timeoutMicros: 50_000,
        request: (_operation, id) => ({ to: 'server', message: { kind: 'go', id } }),
        answers: { done: ({ id }) => ({ id, result: null }) },
      }),
      inspections: [inspection(node, (state) => state)],
    }),
    workload: {
      clients: 1,
      operation: fc.constant({ kind: 'go' as const }),
      operationsMax: 4,
      finalReads: () => [],
    },
    tolerates: { delay: { minMicros: 100, maxMicros: 5_000 } },
    properties: [
      {
        name: 'the direct way is not the longest, time after time',
        check: ({ replicas }) =>
          [...replicas.values()].some(({ late }) => late >= 3)
            ? { verdict: 'invalid', violation: { rule: 'late', explanation: 'It is.', operations: [] }, seen: {} }
            : { verdict: 'valid', seen: {} },
      },
    ],
  });
})();

test('priorities find in fewer seeds than chance what needs one link to stay slow', () => {
  const median = (strategy: StrategyName): number =>
    Array.from({ length: 9 }, (_, rep) => seedsTo(race, strategy, 5_000, rep)).sort((one, other) => one - other)[4] ??
    0;
  expect(3 * median('pct')).toBeLessThan(median('uniform'));
});

test('with priorities the messages of a link take equally long until a change point, and the longest from there on', () => {
  const [plan] = plansRun(race, 'pct', 1);
  if (plan === undefined) return expect.unreachable();
  const operations = Array.from({ length: 8 }, (_, index) => ({
    at: index * 10_000,
    client: 0,
    operation: { kind: 'go' },
  }));
  const delaysOn = (link: string, changePoints: readonly number[]): number[] => {
    const changed = { ...plan, operations, faults: [], network: { ...plan.network, changePoints } };
    const { trace = [] } = simulate(race, changed, { trace: true });
    return trace.flatMap((event) =>
      event.kind === 'send' && `${event.from}>${event.to}` === link && event.time < plan.healAt
        ? event.delaysMicros
        : [],
    );
  };
  const usual = delaysOn('server>rival', []);
  expect(usual).toHaveLength(8);
  expect(new Set(usual).size).toBe(1);
  expect(delaysOn('first>second', [])[0]).not.toBe(usual[0]);
  // The second message of the run is the first from the server to its rival.
  const { maxMicros } = race.tolerates.delay;
  expect(delaysOn('server>rival', [1])).toEqual(usual.map(() => maxMicros));
  const later = delaysOn('server>rival', [13]);
  expect(later.slice(0, 2)).toEqual(usual.slice(0, 2));
  expect(later.slice(2)).toEqual(usual.slice(2).map(() => maxMicros));
});

// --- Exhaustive search ---

describe('exhaustive search', () => {
  const crashing = pingSystem({}, { tolerates: { crash: { nodes: ['server', 'other'], atOnce: 1 } } });
  const search = (faultsMax?: number) =>
    strategyNamed('exhaustive').search(crashing, {
      ...(faultsMax !== undefined && { faultsMax }),
      tryOut: (plan) => simulate(crashing, plan, { trace: true }),
    });
  /** The plans of the first workload: those with the same operations. */
  const firstWorkload = (faultsMax?: number): Plan[] => {
    const one = search(faultsMax);
    const plans: Plan[] = [];
    for (let seed = 0; ; seed++) {
      const plan = one.next(String(seed));
      if (plans[0] !== undefined && plan.operations !== plans[0].operations) return plans;
      plans.push(plan);
    }
  };

  test('crashes each node at each moment at which anything happens', () => {
    const plans = firstWorkload();
    const [first] = plans;
    if (first === undefined) return expect.unreachable();
    const { trace = [] } = simulate(crashing, { ...first, faults: [] }, { trace: true });
    const end = (first.operations.at(-1)?.at ?? 0) + 20_000;
    const moments = new Set(trace.map(({ time }) => time).filter((time) => time <= end));
    expect(moments.size).toBeGreaterThan(5);
    const placed = plans.map(({ faults }) =>
      faults.map((one) => ('node' in one ? `${one.node}@${one.at}` : '')).join(),
    );
    const expected = [...moments].flatMap((moment) => [`server@${moment}`, `other@${moment}`]);
    expect(new Set(placed)).toEqual(new Set(expected));
    // Twice each: with two lengths.
    expect(placed).toHaveLength(2 * expected.length);
    expect(new Set(plans.map((plan) => JSON.stringify(plan.faults))).size).toBe(plans.length);
  });

  test('then crashes two, where two are allowed, in every combination that is tolerated', () => {
    const [singles, plans] = [firstWorkload(), firstWorkload(2)];
    const pairs = plans.slice(singles.length);
    const all = singles.flatMap(({ faults: [one] }, place) =>
      singles.slice(place + 1).map(({ faults: [other] }) => [one, other]),
    );
    expect(new Set(pairs.map(({ faults }) => JSON.stringify(faults))).size).toBe(pairs.length);
    expect(pairs.every(({ faults }) => faults.length === 2)).toBe(true);
    expect(pairs.length).toBeGreaterThan(singles.length);
    expect(pairs.length).toBeLessThan(all.length);
    for (const plan of pairs) expect(isTolerated(plan, crashing.tolerates)).toBe(true);
  });

  test('goes on with another workload when it is through', () => {
    const one = search();
    const workloads = new Set(Array.from({ length: 1_000 }, (_, seed) => one.next(String(seed)).operations));
    expect(workloads.size).toBeGreaterThan(2);
  });
});
