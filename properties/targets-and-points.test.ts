/** Faults that find their target when they strike, and fault points that a protocol declares itself. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Campaign,
  checkConvergence,
  inspection,
  planSize,
  protocol,
  requestClient,
  shrink,
  simulate,
  system,
  target,
  type Fault,
  type System,
} from 'faultline';
import { quietPlan } from './fixtures/ping.js';

const MILLISECOND = 1_000;

type Message = { readonly kind: 'ask'; readonly id: string } | { readonly kind: 'told'; readonly id: string };
interface State {
  leads: boolean;
  asked: number;
  odd: number;
}

/** Each of three nodes leads for 10 ms, one after the other; all count what they are asked, and how often that was odd. */
const node = protocol<State, Message, 'begin' | 'end'>({
  init(ctx) {
    const turn = ['a', 'b', 'c'].indexOf(ctx.self);
    ctx.setTimer('begin', 10 * MILLISECOND * turn);
    ctx.setTimer('end', 10 * MILLISECOND * (turn + 1));
    return { leads: false, asked: 0, odd: 0 };
  },
  recover: () => ({ leads: false, asked: 0, odd: 0 }),
  on: {
    ask(state, { id }, from, ctx) {
      state.asked++;
      if (ctx.maybe('odd')) state.odd++;
      ctx.maybe('never declared');
      ctx.send(from, { kind: 'told', id });
    },
  },
  timers: {
    begin: (state) => void (state.leads = true),
    end: (state) => void (state.leads = false),
  },
});

function leaders(tolerates: Parameters<typeof system>[0]['tolerates'], onlyOdd = false): System {
  return system<Message, { readonly kind: 'ask' }, object, State>({
    name: 'leaders',
    title: 'nodes that lead by turns',
    cluster: () => ({
      nodes: { a: node, b: node, c: node },
      targets: {
        leader: target(node, (nodes) => [...nodes].find(([, { leads }]) => leads)?.[0]),
        nobody: target(node, () => undefined),
      },
      client: requestClient<Message, { readonly kind: 'ask' }>({
        timeoutMicros: 10 * MILLISECOND,
        request: (_, id) => ({ to: 'a', message: { kind: 'ask', id } }),
        answers: { told: ({ id }) => ({ id, result: null }) },
      }),
      inspections: [inspection(node, ({ odd }) => ({ odd }) as State)],
    }),
    workload: {
      clients: 2,
      operation: fc.constant({ kind: 'ask' as const }),
      operationsMax: 30,
      finalReads: () => [{ kind: 'ask' }],
    },
    tolerates,
    properties: onlyOdd
      ? [
          {
            name: 'nothing odd happens three times',
            check: ({ replicas }) =>
              (replicas.get('a')?.odd ?? 0) < 3
                ? checkConvergence(new Map([...replicas].map(([name]) => [name, 0])))
                : {
                    verdict: 'invalid',
                    violation: { rule: 'odd', explanation: 'Something odd happened.', operations: [] },
                    seen: {},
                  },
          },
        ]
      : [],
  });
}

const crashOf = (name: string, at: number): Fault => ({
  kind: 'crash',
  at,
  node: name,
  forMicros: 1_000,
  unsyncedKeptPercent: 0,
});

describe('a symbolic target', () => {
  const run = (faults: readonly Fault[]) => simulate(leaders({}), quietPlan({ faults }), { trace: true });

  test('is whoever it is when the fault strikes, and is recorded as that', () => {
    const crashed = run([crashOf('@leader', 5_000), crashOf('@leader', 15_000), crashOf('@leader', 25_000)]);
    expect(crashed.plan.faults.map((fault) => 'node' in fault && fault.node)).toEqual(['a', 'b', 'c']);
    expect(run(crashed.plan.faults).digest).toBe(crashed.digest);
    const told = crashed.trace?.flatMap((event) => (event.kind === 'fault-begins' ? [event.fault] : []));
    expect(told).toEqual(crashed.plan.faults);
  });

  test('that is nobody spares everybody', () => {
    const spared = run([crashOf('@leader', 50_000), crashOf('@nobody', 5_000), crashOf('@unheard-of', 6_000)]);
    expect(spared.tally.crashes).toBe(0);
    expect(spared.plan.faults).toEqual([]);
  });

  test('may be one of several nodes, or the same as another', () => {
    const cut: Fault = {
      kind: 'partition',
      at: 5_000,
      from: ['@leader', 'a'],
      to: ['a', 'b'],
      direction: 'both',
      forMicros: 3_000,
    };
    const { plan, tally } = run([cut]);
    expect(plan.faults).toEqual([{ ...cut, from: ['a'], to: ['a', 'b'] }]);
    expect(tally.partitions).toBe(1);
  });

  test('can be tolerated, if the system has it', () => {
    const campaign = new Campaign(leaders({ crash: { nodes: ['@leader'], atOnce: 1 } }));
    const struck = new Set<string>();
    for (let seed = 0; seed < 200; seed++)
      for (const fault of campaign.runSeed(String(seed)).run.plan.faults) if ('node' in fault) struck.add(fault.node);
    expect([...struck].sort()).toEqual(['a', 'b', 'c']);
    expect(() => leaders({ crash: { nodes: ['@boss'], atOnce: 1 } })).toThrow(
      /tolerates names node '@boss', but the nodes are a, b, c, @leader, @nobody/,
    );
  });
});

describe('a fault point', () => {
  const asks = Array.from({ length: 400 }, (_, place) => ({
    at: 200 * place,
    client: place % 2,
    operation: { kind: 'ask' },
  }));
  const plan = quietPlan({ operations: asks, healAt: 5_000_000 });

  test('is off unless the plan turns it on; then it fires at its rate, and only it', () => {
    const run = (perMillion: number) => simulate(leaders({}), { ...plan, points: [{ point: 'odd', perMillion }] });
    expect(simulate(leaders({}), plan).firings).toEqual([]);
    expect(run(0).firings).toEqual([]);
    expect(run(1_000_000).firings).toHaveLength(401);
    const some = run(250_000);
    expect(some.firings.length).toBeGreaterThan(60);
    expect(some.firings.length).toBeLessThan(150);
    expect(some.tally.pointsFired).toBe(some.firings.length);
    expect(new Set(some.firings.map(({ point, node: name }) => `${point} ${name}`))).toEqual(new Set(['odd a']));
  });

  test('fires the same when what fired is given instead of the rate', () => {
    const some = simulate(leaders({}), { ...plan, points: [{ point: 'odd', perMillion: 250_000 }] });
    const again = simulate(leaders({}), { ...plan, points: some.firings });
    expect(again.digest).toBe(some.digest);
    expect(again.firings).toEqual(some.firings);
  });

  test('is on in some runs of a system that lists it, and is shrunk to when it matters', async () => {
    const odd = leaders({ maybe: ['odd', 'never asked for'] }, true);
    const campaign = new Campaign(odd);
    for (let seed = 0; seed < 100 && campaign.summary.findings.length === 0; seed++) campaign.runSeed(String(seed));
    const [found] = campaign.summary.findings;
    if (found === undefined) throw new Error('nothing odd was found');
    const shrunk = await shrink(odd, found.plan, found.failure.signature);
    expect(shrunk.plan.points).toHaveLength(3);
    expect(shrunk.plan.points?.every((point) => 'nth' in point && point.point === 'odd')).toBe(true);
    expect(planSize(shrunk.plan)).toBeLessThanOrEqual(6);
  });

  test('that never fired, though it is tolerated, leaves the campaign inconclusive', () => {
    const campaign = new Campaign(leaders({ maybe: ['never asked for'] }));
    for (let seed = 0; seed < 20; seed++) campaign.runSeed(String(seed));
    expect(campaign.summary).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('never exercised, though tolerated: maybe') as string,
    });
  });
});
