/** Chain replication: its mechanisms happen, its promises hold, and each mutant breaks the promise that it names. */
import { describe, expect, test } from 'vitest';
import {
  Campaign,
  judge,
  makeFinding,
  planGenerator,
  shrink,
  simulate,
  type Fault,
  type Plan,
  type RawFinding,
  type Run,
} from 'faultline';
import { parseFinding, replay } from '../framework/explore/finding.js';
import { sharedLength } from '../models/chain/extension.js';
import { chain, chainSystem } from '../models/chain/index.js';
import type { Entry, Stretch } from '../models/chain/messages.js';
import { pingSystem } from './fixtures/ping.js';

const SEEDS = 500;

const plan = planGenerator(chain);

/** A calm plan: one client writes and reads from time to time; nothing goes wrong but what is given. */
function calmPlan(faults: readonly Fault[]): Plan {
  const operations = Array.from({ length: 12 }, (_, index) => ({
    at: index * 10_000,
    client: index % 2,
    operation: index % 3 === 2 ? { kind: 'get', key: 'x' } : { kind: 'append', key: 'x', value: `,a${index}` },
  }));
  const delay = { kind: 'uniform', minMicros: 200, maxMicros: 400 } as const;
  const network = { delay, dropPerMillion: 0, duplicatePerMillion: 0 };
  return { ...plan(0), clients: 2, operations, faults, network };
}

const crash = (node: string, at: number, forMicros: number): Fault => ({
  kind: 'crash',
  at,
  node,
  forMicros,
  unsyncedKeptPercent: 0,
});

/** The chain that the server with the newest configuration knows in the end, and that configuration's number. */
function finalChain({ history, inspectionsFrom }: Run): { readonly chain: unknown; readonly number: number } {
  let newest = { chain: [] as unknown, number: 0 };
  for (const entry of history.slice(inspectionsFrom)) {
    if (entry.type !== 'ok') continue;
    const replica = entry.result as { readonly number: number; readonly chain: unknown };
    if (replica.number > newest.number) newest = { chain: replica.chain, number: replica.number };
  }
  return newest;
}

/** How many messages of each kind arrived. */
function delivered(run: Run): Map<string, number> {
  const counts = new Map<string, number>();
  for (const event of run.trace ?? [])
    if (event.kind === 'deliver') counts.set(event.message.kind, (counts.get(event.message.kind) ?? 0) + 1);
  return counts;
}

describe('a chain without faults', () => {
  test('answers everything and is never reconfigured', () => {
    const run = simulate(chain, calmPlan([]));
    expect(judge(chain, run).verdict).toBe('valid');
    expect(run.history.filter(({ type }) => type === 'info')).toEqual([]);
    expect(finalChain(run)).toEqual({ chain: ['s1', 's2', 's3'], number: 1 });
  });
});

describe('a server that crashes', () => {
  test.for([
    ['head', 's1', 'into the middle', ['s2', 's1', 's3']],
    ['middle', 's2', 'into the middle', ['s1', 's2', 's3']],
    ['tail', 's3', 'as the tail', ['s1', 's2', 's3']],
  ] as const)('as the %s leaves the chain and comes back %s', ([, node, , members]) => {
    const run = simulate(chain, calmPlan([crash(node, 15_000, 60_000)]), { trace: true });
    expect(judge(chain, run).verdict).toBe('valid');
    // Configuration 2 is without it, 3 has it copied to, 4 has it in the chain.
    expect(finalChain(run)).toEqual({ chain: members, number: 4 });
    expect(delivered(run).get('extended')).toBeGreaterThan(0);
    // Whoever comes to stand in the middle, or fails there, has a successor that tells where it is to be resumed.
    expect(delivered(run).has('linked')).toBe(node !== 's3');
  });

  test('and is back before it is missed is replaced all the same, because it has forgotten Sent', () => {
    const run = simulate(chain, calmPlan([crash('s2', 15_000, 500)]));
    expect(judge(chain, run).verdict).toBe('valid');
    expect(finalChain(run)).toEqual({ chain: ['s1', 's2', 's3'], number: 3 });
  });

  test('with all the others loses nothing, and whoever was the last member begins again', () => {
    const run = simulate(chain, calmPlan(['s1', 's2', 's3'].map((node) => crash(node, 45_000, 30_000))));
    const { verdict, results } = judge(chain, run);
    expect(verdict, JSON.stringify(results)).toBe('valid');
    expect(run.tally.crashes).toBe(3);
  });
});

describe('a server that joins', () => {
  const entry = (number: number): Entry => ({ id: `r${number}`, client: 'c1', number, key: 'x', value: number });
  const hist = [1, 1, 2, 4].map(entry);

  test.for<[string, readonly Stretch[], number]>([
    ['nothing', [], 0],
    ['a beginning', [{ number: 1, end: 2 }], 2],
    ['more than its predecessor', [{ number: 1, end: 2 }, { number: 2, end: 3 }, { number: 4, end: 9 }], 4], // prettier-ignore
    ['updates of a head that nobody else heard of', [{ number: 1, end: 5 }], 2],
    ['another update in the last place', [{ number: 1, end: 2 }, { number: 3, end: 4 }], 2], // prettier-ignore
  ])('and has %s keeps what is in Hist of its predecessor', ([, accepted, shared]) => {
    expect(sharedLength(hist, accepted)).toBe(shared);
  });
});

describe('the correct chain', () => {
  test(`keeps its promises over ${SEEDS} seeds, and most runs prove it`, () => {
    const campaign = new Campaign(chain);
    for (let seed = 0; seed < SEEDS; seed++) {
      const { found } = campaign.runSeed(String(seed));
      expect(found?.failure, `seed ${seed}`).toBeUndefined();
    }
    const { runs, verdict } = campaign.summary;
    expect(verdict).toBe('valid');
    expect(runs.valid).toBeGreaterThan(0.9 * SEEDS);
  });

  test('is really reconfigured, in every way', () => {
    const sample = 100;
    const counts = new Map<string, number>();
    const count = (what: string, times = 1) => counts.set(what, (counts.get(what) ?? 0) + times);
    for (let seed = 0; seed < sample; seed++) {
      const run = simulate(chain, plan(seed), { trace: true });
      for (const [kind, times] of delivered(run)) count(kind, times);
      const { number } = finalChain(run);
      if (number > 1) count('runs reconfigured');
      count('configurations', number - 1);
      for (const event of run.trace ?? [])
        if (event.kind === 'timer' && ['suspect', 'retransmit', 'retry'].includes(event.timer)) count(event.timer);
    }
    const seen = (what: string): number => counts.get(what) ?? 0;
    // Many of the runs lose a server; middles fail, servers come back, clients try again.
    expect(seen('runs reconfigured')).toBeGreaterThan(sample / 3);
    expect(seen('configurations')).toBeGreaterThan(sample);
    expect(seen('suspect')).toBeGreaterThan(sample / 3);
    expect(seen('linked')).toBeGreaterThan(sample / 10);
    expect(seen('extended')).toBeGreaterThan(sample / 2);
    expect(seen('retransmit')).toBeGreaterThan(sample);
    expect(seen('retry')).toBeGreaterThan(sample);
  });

  test('keeps its promises with two servers and with five', () => {
    for (const servers of [2, 5]) {
      const system = chainSystem({ servers, clients: 3 });
      const campaign = new Campaign(system);
      for (let seed = 0; seed < 60; seed++) campaign.runSeed(String(seed));
      expect(campaign.summary.findings, `${servers} servers`).toEqual([]);
      expect(campaign.summary.runs.valid).toBeGreaterThan(40);
    }
  });
});

describe('a plan for fewer servers', () => {
  test('is what a failure is shrunk to where two are enough, and is replayed like any other', async () => {
    const campaign = new Campaign(chain, { mutant: 'CH-12' });
    let found: RawFinding | undefined;
    for (let seed = 0; found === undefined; seed++) found = campaign.runSeed(String(seed)).found;
    const { plan, failure, run } = await shrink(chain, found.plan, found.failure.signature, { mutant: 'CH-12' });
    expect(plan.servers).toBe(2);
    const { trace = [] } = simulate(chain, plan, { mutant: 'CH-12', trace: true });
    const nodes = new Set(trace.flatMap((event) => ('node' in event ? [event.node] : [])));
    expect([nodes.has('s2'), nodes.has('s3')]).toEqual([true, false]);
    const finding = makeFinding({ run, failure, seed: found.seed });
    const parsed = parseFinding(JSON.stringify(finding));
    expect(parsed.kind === 'ok' && replay(chain, parsed.value).kind).toBe('reproduced');
    expect(replay(chain, { ...finding, plan: { ...plan, servers: 9 } })).toEqual({
      kind: 'misfit',
      reason: "system 'chain' does not come in 9 servers",
    });
  });

  test('is refused by a system that leaves no choice, and by one that has not so few', () => {
    expect(() => chain.cluster(undefined, 1)).toThrow("system 'chain' does not come in 1 servers; it has 2 to 3");
    expect(() => pingSystem().cluster(undefined, 1)).toThrow('does not come in 1 servers; it has no choice');
    expect(() => pingSystem({}, { servers: { usual: 2, fewest: 3 } })).toThrow('1 ≤ fewest ≤ usual, got 3 … 2');
  });

  test('does not do without a server that one of its faults names', async () => {
    const named = { ...chain, properties: [{ name: 'never', check: () => never }] };
    const pause = { kind: 'pause', at: 1_000, node: 's3', forMicros: null } as const;
    const needsPause = {
      ...named,
      properties: [
        {
          name: 'never',
          check: ({ plan: tried }: { readonly plan: Plan }) =>
            tried.faults.length > 0 ? never : ({ verdict: 'valid', seen: {} } as const),
        },
      ],
    };
    const failing = { ...plan(1), faults: [pause] };
    expect((await shrink(needsPause, failing, 'never: ever')).plan.servers).toBeUndefined();
    expect((await shrink(named, failing, 'never: ever')).plan.servers).toBe(2);
  });
});

const never = { verdict: 'invalid', violation: { rule: 'ever', explanation: '', operations: [] }, seen: {} } as const;
