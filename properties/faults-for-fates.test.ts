/** Shrinking: many messages of a node that were lost or late are one fault of that node, if the plan then fails still. */
import { describe, expect, test } from 'vitest';
import { planGenerator, planSize, shrink, simulate, type Plan } from 'faultline';
import { faultsForFates } from '../framework/explore/faults-for-fates.js';
import { chain } from '../models/chain/index.js';

/** A calm plan in which the messages 1, 2, … `lost` from s1 to s2 and back never arrive. */
function planWithFates(lost: number): Plan {
  const nths = Array.from({ length: lost }, (_, index) => index + 1);
  const delay = { kind: 'uniform', minMicros: 200, maxMicros: 200 } as const;
  return {
    ...planGenerator(chain)(0),
    faults: [],
    network: { delay, dropPerMillion: 0, duplicatePerMillion: 0 },
    fates: nths.flatMap((nth) => [
      { from: 's1', to: 's2', nth, delaysMicros: [] },
      { from: 's2', to: 's1', nth, delaysMicros: [] },
    ]),
  };
}

describe('one fault for many fates', () => {
  const plan = planWithFates(3);
  const { trace = [] } = simulate(chain, plan, { trace: true });
  const candidates = faultsForFates(plan, trace, ['s1', 's2', 's3']);

  test('cuts off, or stops, a node of which messages were lost, for as long as they were', () => {
    const sendings = trace.flatMap((event) =>
      event.kind === 'send' && event.delaysMicros.length === 0 ? [event.time] : [],
    );
    expect(sendings.length).toBeGreaterThan(2);
    const [first] = candidates;
    expect(first?.faults).toHaveLength(1);
    const [fault] = first?.faults ?? [];
    expect(fault?.at).toBeLessThanOrEqual(Math.min(...sendings));
    const lasts = fault !== undefined && 'forMicros' in fault ? Number(fault.forMicros) : 0;
    expect((fault?.at ?? 0) + lasts).toBeGreaterThan(Math.max(...sendings));
    expect(new Set(candidates.map(({ faults: [one] }) => one?.kind))).toEqual(new Set(['partition', 'pause']));
  });

  test('explains at least two of them, and leaves the others as they are; the smallest plans come first', () => {
    const sizes = candidates.map(planSize);
    expect(sizes).toEqual(sizes.toSorted((one, other) => one - other));
    for (const { fates } of candidates) {
      expect(fates.length).toBeLessThanOrEqual(plan.fates.length - 2);
      expect(plan.fates).toEqual(expect.arrayContaining([...fates]));
    }
    expect(JSON.stringify(candidates)).not.toContain('"node":"s3"');
  });

  test('there is none where nothing was decided', () => {
    expect(faultsForFates({ ...plan, fates: [] }, trace, ['s1', 's2', 's3'])).toEqual([]);
  });
});

test('a failure that a dozen lost messages had caused is told as a fault or two', async () => {
  const found = planGenerator(chain)(81);
  const { plan } = await shrink(chain, found, 'processed updates are at every member: invariant broken', {
    mutant: 'CH-06',
  });
  expect(plan.faults.map(({ kind }) => kind)).toContain('partition');
  expect(planSize(plan)).toBeLessThanOrEqual(7);
});
