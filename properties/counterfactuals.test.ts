/** Why a finding fails: what would be without each part of its plan, and from which step on it could no longer pass. */
import { describe, expect, test } from 'vitest';
import { Campaign, judge, simulate, type RawFinding } from 'faultline';
import { counterfactualsOf, pointOfNoReturn } from '../framework/explore/counterfactuals.js';
import { essenceOf } from '../framework/explore/essence.js';
import { parseFinding } from '../framework/explore/finding.js';
import { systems } from '../models/index.js';
import { pingSystem, quietPlan } from './fixtures/ping.js';
import { naive } from './readme-example.js';

/** The first failure of some mutants, of different kinds: a stale read, a broken invariant, a lost write. */
const cases = await Promise.all(
  ['CH-07', 'CH-12', 'PBS-18', 'PR-05'].map(async (mutant) => {
    const system = systems.find(({ mutants }) => mutants[mutant] !== undefined);
    if (system === undefined) throw new Error(`no system has mutant ${mutant}`);
    const campaign = new Campaign(system, { mutant });
    let found: RawFinding | undefined;
    for (let seed = 0; found === undefined && seed < 2_000; seed++) found = campaign.runSeed(String(seed)).found;
    if (found === undefined) throw new Error(`mutant ${mutant} was not found`);
    return { system, mutant, essence: await essenceOf(system, found, { mutant }) };
  }),
);

describe('counterfactuals', () => {
  test.each(cases)('$mutant: nothing can be left out of the smallest plan', ({ essence }) => {
    const { counterfactuals, plan } = essence.finding;
    expect(counterfactuals?.operations).toHaveLength(plan.operations.length);
    expect(counterfactuals?.faults).toHaveLength(plan.faults.length);
    const all = Object.values(counterfactuals ?? {}).flat();
    expect(all.length).toBeGreaterThan(0);
    expect(all).not.toContain('fails in the same way');
  });

  test('tell what is superfluous, and what only hides another failure', () => {
    const [one] = cases;
    if (one === undefined) return expect.unreachable();
    const { system, mutant, essence } = one;
    const { plan, signature } = essence.finding;
    // A fault that ends before anything begins.
    const superfluous = { kind: 'pause', at: 0, node: 's1', forMicros: 1 } as const;
    const { faults } = counterfactualsOf({
      system,
      mutant,
      signature,
      plan: { ...plan, faults: [...plan.faults, superfluous] },
    });
    expect(faults).toEqual([...plan.faults.map(() => 'does not fail'), 'fails in the same way']);
  });

  test('are kept in the file of the finding', () => {
    for (const { essence } of cases) {
      const parsed = parseFinding(JSON.stringify(essence.finding));
      expect(parsed).toEqual({ kind: 'ok', value: essence.finding });
    }
  });
});

describe('the point of no return', () => {
  test.each(cases)('$mutant: ending all faults before it saves the run, and never after it', (one) => {
    const { system, mutant, essence } = one;
    const { plan, signature, pointOfNoReturn: point } = essence.finding;
    const failsAfter = (faultsEndAfterStep: number) =>
      judge(system, simulate(system, plan, { mutant, faultsEndAfterStep })).failures.some(
        (failure) => failure.signature === signature,
      );
    const { step = 0, timeMicros = 0, what = '' } = point ?? {};
    expect(step).toBeGreaterThan(0);
    expect(failsAfter(step - 1)).toBe(false);
    for (const later of [step, step + 1, step + 7, essence.run.steps]) expect(failsAfter(later)).toBe(true);
    expect(timeMicros).toBeLessThanOrEqual(plan.healAt);
    expect(what).not.toBe('');
  });

  test('is the start where no fault is needed', () => {
    const essence = cases.find(({ mutant }) => mutant === 'CH-07')?.essence;
    if (essence === undefined) return expect.unreachable();
    // A broken copy of the example: it answers reads with nonsense, so that nothing but a read is needed.
    const wrong = { ...naive, properties: [{ name: 'never', check: () => broken }] };
    const { plan } = essence.finding;
    const quiet = { ...plan, faults: [], operations: [{ at: 0, client: 0, operation: { kind: 'read' } }] };
    const point = pointOfNoReturn({ system: wrong, plan: quiet, signature: 'never: ever' });
    expect(point).toEqual({ step: 0, timeMicros: 0, what: '' });
  });
});

test('a message whose fate is decided is not lost after healing', () => {
  const ping = pingSystem();
  const fate = { from: 'c1', to: 'server', nth: 0, delaysMicros: [] };
  const [lost] = judge(ping, simulate(ping, quietPlan({ fates: [fate] }))).failures;
  expect(lost).toBeUndefined();
});

const broken = {
  verdict: 'invalid',
  violation: { rule: 'ever', explanation: '', operations: [] },
  seen: {},
} as const;
