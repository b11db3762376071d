/** The chain under masters that agree: what happens when they fail, alone or with servers of the chain. */
import { describe, expect, test } from 'vitest';
import { judge, planGenerator, simulate, type Fault, type NodeId, type Plan, type Run } from 'faultline';
import { chainReplicated } from '../models/chain/index.js';
import { effort } from './fixtures/effort.js';

const plan = planGenerator(chainReplicated);

/** A calm plan: two clients write and read from time to time; nothing goes wrong but what is given. */
function calmPlan(faults: readonly Fault[]): Plan {
  const operations = Array.from({ length: 16 }, (_, index) => ({
    at: 30_000 + index * 7_000,
    client: index % 2,
    operation: index % 3 === 2 ? { kind: 'get', key: 'x' } : { kind: 'append', key: 'x', value: `,a${index}` },
  }));
  const delay = { kind: 'uniform', minMicros: 200, maxMicros: 400 } as const;
  return { ...plan(0), clients: 2, operations, faults, network: { delay, dropPerMillion: 0, duplicatePerMillion: 0 } };
}

const crash = (node: NodeId, at: number, forMicros: number): Fault => ({
  kind: 'crash',
  at,
  node,
  forMicros,
  unsyncedKeptPercent: 0,
});

/** What is said of a run, and all that its properties have seen. */
function outcome(run: Run) {
  const judgement = judge(chainReplicated, run);
  const seen: Record<string, number> = {};
  for (const { result } of judgement.results) Object.assign(seen, result.seen);
  return { judgement, seen };
}

/** Which master was elected first, and when. */
function firstLeader(): NodeId {
  const run = simulate(chainReplicated, calmPlan([]), { trace: true });
  for (const event of run.trace ?? [])
    if (event.kind === 'deliver' && event.message.kind === 'lease') return event.from;
  throw new Error('nobody leads');
}

describe('masters that agree', () => {
  test('without faults reconfigure nothing', () => {
    const { judgement, seen } = outcome(simulate(chainReplicated, calmPlan([])));
    expect(judgement.verdict).toBe('valid');
    expect(seen).toMatchObject({ masters: 3, decisions: 0 });
  });

  test('replace a leader that crashes, and the chain stays as it is', () => {
    const leader = firstLeader();
    const run = simulate(chainReplicated, calmPlan([crash(leader, 50_000, 60_000)]), { trace: true });
    const { judgement, seen } = outcome(run);
    expect(judgement.verdict).toBe('valid');
    expect(seen['terms']).toBeGreaterThan(1);
    expect(seen['decisions']).toBe(0);
    // Another one has granted leases, and they are what queries were answered under.
    const grantedBy = new Set(
      (run.trace ?? []).flatMap((event) =>
        event.kind === 'deliver' && event.message.kind === 'lease' && event.time > 50_000 ? [event.from] : [],
      ),
    );
    expect([...grantedBy].some((master) => master !== leader)).toBe(true);
  });

  test('that all crash leave the chain without changes and without leases until a majority is back', () => {
    const masters: NodeId[] = ['m1', 'm2', 'm3'];
    const run = simulate(chainReplicated, calmPlan(masters.map((master) => crash(master, 60_000, 50_000))), {
      trace: true,
    });
    expect(outcome(run).judgement.verdict).toBe('valid');
    const leases = (run.trace ?? []).flatMap((event) =>
      event.kind === 'deliver' && event.message.kind === 'lease' ? [event.time] : [],
    );
    expect(leases.some((at) => at < 60_000)).toBe(true);
    expect(leases.filter((at) => at > 61_000 && at < 110_000)).toEqual([]);
    expect(leases.some((at) => at > 110_000)).toBe(true);
  });

  test('let a server go that crashes with their leader, and in again', () => {
    const leader = firstLeader();
    const faults = [crash(leader, 50_000, 40_000), crash('s2', 50_000, 40_000)];
    const { judgement, seen } = outcome(simulate(chainReplicated, calmPlan(faults)));
    expect(judgement.verdict).toBe('valid');
    expect(seen['joinedInTheMiddle']).toBe(1);
    expect(seen['decisions']).toBeGreaterThanOrEqual(3);
  });

  test('grant nothing when cut off from each other, though they hear the tail', () => {
    const leader = firstLeader();
    const others = ['m1', 'm2', 'm3'].filter((master) => master !== leader);
    const from = [leader, 's1', 's2', 's3'];
    const cut: Fault = { kind: 'partition', at: 50_000, from, to: others, direction: 'both', forMicros: 60_000 };
    const run = simulate(chainReplicated, calmPlan([cut]), { trace: true });
    expect(outcome(run).judgement.verdict).toBe('valid');
    const late = (run.trace ?? []).filter(
      (event) =>
        event.kind === 'deliver' &&
        event.message.kind === 'lease' &&
        event.from === leader &&
        event.time > 51_500 &&
        event.time < 110_000,
    );
    expect(late).toEqual([]);
  });
});

describe('the chain under them', () => {
  test('is reconfigured, repaired and led by others in most runs, and keeps its promises', () => {
    const sample = effort(100);
    const total: Record<string, number> = {};
    for (let seed = 0; seed < sample; seed++) {
      const { judgement, seen } = outcome(simulate(chainReplicated, plan(seed)));
      expect(judgement.failures, `seed ${seed}`).toEqual([]);
      for (const [what, times] of Object.entries(seen)) total[what] = (total[what] ?? 0) + times;
    }
    expect(total['decisions']).toBeGreaterThan(sample);
    expect(total['terms']).toBeGreaterThan(1.5 * sample);
    expect(total['joinedInTheMiddle']).toBeGreaterThan(sample / 10);
    expect(total['joinedAsTail']).toBeGreaterThan(sample / 10);
  });
});
