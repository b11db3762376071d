/** From a failing seed to a small plan, a file, and back. */
import * as fc from 'fast-check';
import { assert, describe, expect, test } from 'vitest';
import {
  Campaign,
  failureReport,
  makeFinding,
  parseFinding,
  parsePlan,
  planGenerator,
  judge,
  planSize,
  protocol,
  replay,
  requestClient,
  shrink,
  simulate,
  stateInvariant,
  type Failure,
  type Finding,
  type Plan,
  type RawFinding,
  type Run,
  type System,
} from 'faultline';
import { eventStore, systems } from 'faultline/models';
import { ddmin } from '../framework/explore/delta-debugging.js';
import { findingName } from '../framework/explore/finding.js';
import { fatesWithout, invokedWhen } from '../framework/explore/invocations.js';
import { NotReproducible } from '../framework/explore/shrink.js';
import { isTolerated } from '../framework/plan/tolerated.js';
import {
  pings,
  pingServer,
  pingSystem,
  quietPlan,
  type PingMessage,
  type PingOperation,
  type PingState,
  type PingTimer,
} from './fixtures/ping.js';
import { naive } from './readme-example.js';

/** The first failure over the seeds from 0 on. */
function firstFailure(system: System): RawFinding {
  const campaign = new Campaign(system);
  for (let seed = 0; seed < 100; seed++) {
    const { found } = campaign.runSeed(String(seed));
    if (found !== undefined) return found;
  }
  throw new Error('no seed fails');
}

const raw = firstFailure(naive);
const shrunk = await shrink(naive, raw.plan, raw.failure.signature);

/** The shrunk failure as a file keeps it. */
function finding(): Finding {
  const run = simulate(naive, shrunk.plan, { trail: true });
  return makeFinding({ run, failure: shrunk.failure, seed: raw.seed });
}

describe('delta debugging', () => {
  test('keeps just the items that the failure needs, in their order', async () => {
    const items = Array.from({ length: 30 }, (_, index) => index);
    await fc.assert(
      fc.asyncProperty(fc.subarray(items), async (needed) => {
        const fails = (candidate: readonly number[]) =>
          Promise.resolve(needed.every((item) => candidate.includes(item)));
        const result = await ddmin(items, fails);
        expect(result).toEqual(needed);
      }),
    );
  });

  test('ends with a list from which no single item can be left out, even where less is not always simpler', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.nat(), async (length, salt) => {
        const items = Array.from({ length }, (_, index) => index);
        const fails = (candidate: readonly number[]) =>
          candidate.length === length || (candidate.reduce((sum, item) => sum + item * 7 + salt, 0) & 3) === 1;
        const result = await ddmin(items, (candidate) => Promise.resolve(fails(candidate)));
        expect(fails(result)).toBe(true);
        for (const [index] of result.entries()) expect(fails(result.toSpliced(index, 1))).toBe(false);
      }),
    );
  });
});

describe('shrinking', () => {
  test('finds the essence: one write, and the partition that keeps it from the backup', () => {
    expect(planSize(raw.plan)).toBeGreaterThan(5);
    expect(planSize(shrunk.plan)).toBe(2);
    expect(shrunk.plan.faults.map(({ kind }) => kind)).toEqual(['partition']);
    expect(shrunk.plan.operations.map(({ operation }) => operation.kind)).toEqual(['write']);
  });

  test('keeps the signature, and spends no more runs than allowed', async () => {
    for (const runsMax of [1, 5, 20, 60]) {
      const some = await shrink(naive, raw.plan, raw.failure.signature, { runsMax });
      expect(some.failure.signature).toBe(raw.failure.signature);
      expect(planSize(some.plan)).toBeLessThanOrEqual(planSize(raw.plan));
      expect(some.runs).toBeLessThanOrEqual(runsMax);
    }
  });

  test('ends the run soon after its last operation is answered', () => {
    const { history, probesFrom } = shrunk.run;
    const answered = history.slice(0, probesFrom).at(-1)?.time ?? 0;
    expect(raw.plan.healAt).toBe(100_000);
    expect(shrunk.plan.healAt - answered).toBeGreaterThan(0);
    expect(shrunk.plan.healAt - answered).toBeLessThanOrEqual(1_000);
  });

  test('keeps what failed otherwise on the way', async () => {
    const fickle = {
      ...naive,
      properties: [
        {
          name: 'fickle',
          check: ({ plan }: { readonly plan: Plan }) => ({
            verdict: 'invalid' as const,
            violation: { rule: plan.faults.length > 0 ? 'faults' : 'none', explanation: '', operations: [] },
            seen: {},
          }),
        },
      ],
    };
    const { others, plan } = await shrink(fickle, raw.plan, 'fickle: faults');
    expect(plan.faults).toHaveLength(1);
    expect(others.map(({ failure }) => failure.signature)).toEqual(['fickle: none']);
    expect(others[0]?.plan.faults).toEqual([]);
  });

  test('leaves out what can only go while delays are random', async () => {
    // Once its delays are settled, eleven parts are left of this plan, and none of them can be left out.
    const { found } = new Campaign(eventStore, { mutant: 'ES-07' }).runSeed('217');
    assert(found !== undefined);
    const { plan } = await shrink(eventStore, found.plan, found.failure.signature, { mutant: 'ES-07' });
    expect(planSize(plan)).toBeLessThan(11);
  });

  test('refuses a plan that does not fail in this way', async () => {
    const shrinking = () => shrink(naive, quietPlan({ clients: 3 }), 'no such failure');
    await expect(shrinking()).rejects.toThrow(NotReproducible);
    await expect(shrinking()).rejects.toThrow(/does not fail with 'no such failure'/);
  });

  test('stops when it is asked to, with the smallest plan so far', async () => {
    let breaths = 0;
    const some = await shrink(naive, raw.plan, raw.failure.signature, {
      breathe: () => Promise.resolve(++breaths < 3),
    });
    expect(breaths).toBe(3);
    expect(some.runs).toBeLessThan(shrunk.runs);
    expect(planSize(some.plan)).toBeLessThan(planSize(raw.plan));
    expect(judge(naive, simulate(naive, some.plan)).failure?.signature).toBe(raw.failure.signature);
  });
});

describe('what is shrunk stays what the system bears', () => {
  test('a plan within the tolerated faults never leaves them', async () => {
    const seen: Plan[] = [];
    await shrink(naive, raw.plan, raw.failure.signature, { onProgress: ({ plan }) => seen.push(plan) });
    expect(isTolerated(raw.plan, naive.tolerates)).toBe(true);
    expect(seen.length).toBeGreaterThan(10);
    expect(seen.every((plan) => isTolerated(plan, naive.tolerates))).toBe(true);
  });

  test('so does every generated plan', () => {
    for (const system of systems) {
      const generate = planGenerator(system);
      for (let seed = 0; seed < 200; seed++)
        expect(isTolerated(generate(seed), system.tolerates), `${system.name}, seed ${seed}`).toBe(true);
    }
  });

  test('faults, nodes and delays beyond what is tolerated are told apart', () => {
    const partition = { kind: 'partition', at: 0, from: ['primary'], to: ['backup'], direction: 'both' } as const;
    const plan = quietPlan({ faults: [{ ...partition, forMicros: null }] });
    expect(isTolerated(plan, naive.tolerates)).toBe(true);
    const crash = { kind: 'crash', at: 0, node: 'backup', forMicros: 10, unsyncedKeptPercent: 0 } as const;
    expect(isTolerated({ ...plan, faults: [crash] }, naive.tolerates)).toBe(false);
    const fates = [{ from: 'primary', to: 'backup', nth: 0, delaysMicros: [1_000_000] }];
    expect(isTolerated({ ...plan, fates }, naive.tolerates)).toBe(false);
  });
});

describe('operations that are left out take their messages with them', () => {
  const operations = pings(3);
  const [first, ...others] = operations;
  const plan = quietPlan({
    operations,
    fates: [
      { from: 'server', to: 'c1', nth: 0, delaysMicros: [] },
      { from: 'server', to: 'c1', nth: 2, delaysMicros: [2_000] },
    ],
  });

  test('decided fates are those of the same messages, counted anew', () => {
    const { trace = [] } = simulate(pingSystem(), plan, { trace: true });
    expect(fatesWithout(plan, new Set(others), trace)).toEqual([{ ...plan.fates[0] }]);
    expect(first).toBeDefined();
    if (first === undefined) return;
    // The lost answer makes the first client ask again: that is its second message, and goes with it too.
    expect(fatesWithout(plan, new Set([first]), trace)).toMatchObject([{ nth: expect.any(Number) as number }]);
  });

  test('operations are planned for when they were really invoked, and the run stays the same', () => {
    const run = simulate(pingSystem(), plan);
    const pinned = { ...plan, operations: [...invokedWhen(run)] };
    expect(pinned.operations.map(({ at }) => at)).not.toEqual(operations.map(({ at }) => at));
    expect(simulate(pingSystem(), pinned).digest).toBe(run.digest);
  });
});

describe('the name of a finding’s file', () => {
  const named = (given: Partial<Finding>) => findingName({ ...finding(), ...given });

  test('is the same for the same finding, and tells seeds and signatures apart', () => {
    expect(named({ seed: '12' })).toMatch(/^naive-register--correct--.*--12$/);
    const names = ['1', '-1', 'a b', 'a-b', 'A-b'].map((seed) => named({ seed }));
    expect(new Set(names).size).toBe(names.length);
    const long = 'after healing, every projection equals the fold of the log: replicas di';
    expect(named({ signature: `${long}verge` })).not.toBe(named({ signature: `${long}ffer` }));
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/);
  });
});

describe('a finding', () => {
  test('survives being written and read', () => {
    const one = finding();
    expect(parseFinding(JSON.stringify(one))).toEqual({ kind: 'ok', value: one });
  });

  test('is reproduced, by the same steps', () => {
    expect(replay(naive, finding())).toMatchObject({ kind: 'reproduced', firstDifference: undefined });
  });

  test('of which a step has changed is no reproduction by the same steps, and the step is named', () => {
    const { trail, ...rest } = finding();
    const changed = `${trail.slice(0, 16)}${trail.slice(16, 20) === '0000' ? '1111' : '0000'}${trail.slice(20)}`;
    const result = replay(naive, { ...rest, trail: changed, digest: '0000000000000000' });
    expect(result).toMatchObject({ kind: 'digest-changed', firstDifference: 5 });
  });

  test('that does not fail any more is not reproduced', () => {
    const { plan, ...rest } = finding();
    expect(replay(naive, { ...rest, plan: { ...plan, faults: [] } }).kind).toBe('not-reproduced');
  });

  test('that does not fit its system says what it misses', () => {
    const { plan, ...rest } = finding();
    const faults = [{ kind: 'pause' as const, at: 1, node: 'tertiary', forMicros: 5 }];
    expect(replay(naive, { ...rest, plan: { ...plan, faults } })).toEqual({
      kind: 'misfit',
      reason: 'the plan names tertiary, but the nodes are primary, backup, c1',
    });
    expect(replay(naive, { ...rest, plan, mutant: 'XX-1' })).toMatchObject({ kind: 'misfit' });
  });
});

describe('a malformed finding is refused with every problem and its place', () => {
  const text = (change: (data: Finding) => object) => JSON.stringify(change(finding()));
  const problems = (given: string): readonly string[] => {
    const parsed = parseFinding(given);
    return parsed.kind === 'malformed' ? parsed.problems : [];
  };

  test('no JSON, or half of it', () => {
    expect(problems('')[0]).toMatch(/not JSON/);
    expect(problems(JSON.stringify(finding()).slice(0, 300))[0]).toMatch(/not JSON \(cut short, perhaps\)/);
    expect(problems('[]')).toEqual(['the whole: expected an object, got []']);
    expect(problems('{}')).toContain('plan: missing, expected an object');
  });

  test('a negative delay, an unknown fault, a client that does not exist, a stray field: all at once', () => {
    const broken = text((data) => ({
      ...data,
      digest: 'short',
      plan: {
        ...data.plan,
        surprise: true,
        operations: [{ at: -5, client: 7, operation: { kind: 'read' } }],
        faults: [{ kind: 'earthquake', at: 1 }],
        network: { ...data.plan.network, delay: { kind: 'uniform', minMicros: -1, maxMicros: 2 } },
      },
    }));
    const found = problems(broken).join('\n');
    expect(found).toMatch(/digest: expected 16 hexadecimal digits/);
    expect(found).toMatch(/plan\.operations\[0\]\.at: expected a number of at least 0, got -5/);
    expect(found).toMatch(/plan\.faults\[0\]\.kind: expected a known kind, got "earthquake"/);
    expect(found).toMatch(/plan\.network\.delay\.minMicros: expected a number of at least 0, got -1/);
    expect(found).toMatch(/plan: unknown field surprise/);
  });

  test('a client beyond those there are', () => {
    const plan = quietPlan({ operations: [{ at: 0, client: 2, operation: { kind: 'ping' } }] });
    expect(parsePlan(plan)).toEqual({
      kind: 'malformed',
      problems: ['operations[0].client: client 2 does not exist: there are 2, counted from 0'],
    });
  });
});

describe('a campaign', () => {
  test('groups failures by signature and counts them', () => {
    const campaign = new Campaign(naive);
    for (let seed = 0; seed < 200; seed++) campaign.runSeed(String(seed));
    const { findings, runs, verdict } = campaign.summary;
    expect(verdict).toBe('invalid');
    expect(findings).toHaveLength(1);
    expect(findings[0]?.count).toBe(runs.invalid);
    expect(runs.invalid + runs.valid + runs.unknown).toBe(200);
  });

  test('in which a run was cut short is unknown: that run might have failed', () => {
    const campaign = new Campaign(pingSystem(), { limits: { stepsMax: 3 } });
    campaign.runSeed('0');
    expect(campaign.summary).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringMatching(/cut short/) as string,
    });
  });

  test('in which a tolerated fault never happened is unknown', () => {
    const calm = pingSystem({}, { tolerates: { dropPerMillionMax: 1 } });
    const campaign = new Campaign(calm);
    for (let seed = 0; seed < 20; seed++) campaign.runSeed(String(seed));
    expect(campaign.summary).toMatchObject({
      verdict: 'unknown',
      reason: 'never exercised, though tolerated: drop; run more seeds',
    });
  });

  test('in which a property never had anything to judge is unknown, and says which', () => {
    const reason = 'nothing to see';
    const vacuous = pingSystem(
      {},
      { properties: [{ name: 'all is well', check: () => ({ verdict: 'unknown', reason, seen: {} }) }] },
    );
    const campaign = new Campaign(vacuous);
    for (let seed = 0; seed < 5; seed++) campaign.runSeed(String(seed));
    expect(campaign.summary.reason).toBe("'all is well' was never established: it was unknown in all 5 runs");
  });
});

describe('the report of a failure', () => {
  const run = simulate(naive, shrunk.plan, { trace: true });
  const report = failureReport({
    run,
    failure: shrunk.failure,
    seed: raw.seed,
    shrunkFrom: { plan: raw.plan, size: planSize(shrunk.plan), runs: shrunk.runs, runsMax: shrunk.runsMax },
    savedAs: 'findings/one.json',
    replayCommand: 'npx faultline replay findings/one.json',
  });

  test('says what was promised and what happened, the seed, the plan, and the command', () => {
    expect(report).toContain('promised   reads are linearizable');
    expect(report).toMatch(/happened {3}read returned nil/);
    expect(report).toContain(`seed       ${raw.seed}, shrunk from`);
    expect(report).toMatch(/⚡ partition (primary ✂ backup|backup ✂ primary) until healing/);
    expect(report).toMatch(/c1 write \d/);
    expect(report).toContain('saved as   findings/one.json');
    expect(report.endsWith('replay     npx faultline replay findings/one.json')).toBe(true);
  });

  test('draws the lost message, the partition and the operations that show the failure', () => {
    const lines = report.split('\n');
    expect(lines.some((line) => /●─+╳ .*copy value=\d — lost: cut off/.test(line))).toBe(true);
    expect(lines.some((line) => /✂ .*✂ .*⚡ partition/.test(line))).toBe(true);
    expect(lines.filter((line) => line.includes('★ ')).length).toBeGreaterThanOrEqual(4);
  });

  test('draws arrows from sender to receiver', () => {
    const drawn = failureReport({
      run: simulate(pingSystem(), quietPlan({ operations: pings(1) }), { trace: true }),
      failure: shrunk.failure,
      seed: '1',
    });
    expect(drawn).toMatch(/●─+▶│ +ping r0\.1/);
    expect(drawn).toMatch(/│◀─+● +pong r0\.1 count=1/);
  });
});

describe('what the report draws', () => {
  const starred = (report: string) => report.split('\n').filter((line) => line.startsWith('  ★ '));
  const drawn = (run: Run, failure: Failure) => failureReport({ run, failure, seed: '1' });
  const told = (failure: Partial<Failure>): Failure => ({
    promise: 'all is well',
    signature: 'all is well: it is not',
    explanation: 'It is not.',
    operations: [],
    ...failure,
  });

  test('of a broken invariant: the failing step, starred, and the message that led to it', () => {
    const role = protocol<PingState, PingMessage, PingTimer>(pingServer);
    const pinger = requestClient<PingMessage, PingOperation>({
      timeoutMicros: 10_000,
      request: (_operation, id) => ({ to: 'server', message: { kind: 'ping', id } }),
      answers: { pong: ({ id, count }) => ({ id, result: count }) },
    });
    const system = pingSystem(
      {},
      {
        cluster: () => ({
          nodes: { server: role, other: role },
          client: pinger,
          invariants: [
            stateInvariant(role, 'few are heard', () => (servers) => {
              const server = servers.get('server');
              return server !== undefined && server.count > 2 ? `${server.count} were heard` : undefined;
            }),
          ],
        }),
      },
    );
    const run = simulate(system, quietPlan({ operations: pings(5) }), { trace: true });
    const { failure } = judge(system, run);
    expect(failure?.promise).toBe('few are heard');
    if (failure === undefined) return;
    const lines = drawn(run, failure).split('\n');
    const step = lines.findIndex((line) => line.startsWith('  ★ '));
    expect(lines[step]).toMatch(/✗ server breaks 'few are heard', handling .* from c1$/);
    expect(lines[step - 1]).toMatch(/●─+▶│ .*ping r0\.3/);
    expect(starred(lines.join('\n'))).toHaveLength(1);
  });

  test('of a handler that throws: the step and the reason', () => {
    const system = pingSystem({
      on: {
        ping: () => {
          throw new Error('out of luck');
        },
      },
    });
    const run = simulate(system, quietPlan({ operations: pings(1) }), { trace: true });
    const { failure } = judge(system, run);
    expect(failure).toBeDefined();
    if (failure === undefined) return;
    expect(starred(drawn(run, failure)).join()).toMatch(/✗ server fails \(out of luck\), handling ping from c1$/);
  });

  const calm = simulate(pingSystem(), quietPlan({ operations: pings(4) }), { trace: true });
  const invocations = calm.history.flatMap(({ type }, index) => (type === 'invoke' ? [index] : []));

  test('every operation that the failure names, with its completion, and the final reads among them', () => {
    const named = invocations.filter((index) => index < calm.inspectionsFrom);
    expect(named.some((index) => index >= calm.finalReadsFrom)).toBe(true);
    for (const index of named) {
      const stars = starred(drawn(calm, told({ operations: [index] })));
      expect(stars.map((line) => line.replace(/^.*\): /, ''))).toEqual(['ping', expect.stringMatching(/^ok: \d$/)]);
    }
    expect(starred(drawn(calm, told({ operations: named })))).toHaveLength(2 * named.length);
  });

  test('the end, where the failure names no operation', () => {
    expect(starred(drawn(calm, told({})))).toEqual([expect.stringMatching(/— end — ✗ it is not$/)]);
  });

  test('nothing wider than 120 columns, and what was left out is told where it was', () => {
    const run = simulate(pingSystem(), quietPlan({ operations: pings(40) }), { trace: true });
    const first = told({ operations: [0], explanation: 'Word after word. '.repeat(40).trim() });
    const lines = drawn(run, first).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
    const [start, gap] = [/★/, /⋮ \d+ rows left out/].map((sought) => lines.findIndex((line) => sought.test(line)));
    expect(start).toBeGreaterThan(0);
    expect(gap).toBeGreaterThan(start ?? 0);
  });
});
