/** Why a plan fails, by what would have been otherwise: each of its parts left out alone, and its faults ended earlier. */
import type { Plan } from '../plan/plan.js';
import { judge, type Judgement } from '../simulation/judge.js';
import { simulate, type Run } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import { describeEvent, isDispatch, type TraceEvent } from '../simulation/trace.js';
import { fatesWithout } from './invocations.js';

/** What becomes of a run without one part of its plan. */
export type WithoutIt = 'does not fail' | 'fails in the same way' | 'fails otherwise' | 'is cut short';

/** For each part of a plan, in its order there, what becomes of the run without it. */
export interface Counterfactuals {
  readonly operations: readonly WithoutIt[];
  readonly faults: readonly WithoutIt[];
  readonly fates: readonly WithoutIt[];
  readonly points: readonly WithoutIt[];
}

/** From `step` on the failure is certain: had all faults ended for good just before it, the run would not have failed. */
export interface PointOfNoReturn {
  /** 0: it was certain from the start, without any fault. */
  readonly step: number;
  readonly timeMicros: number;
  /** `s1 receives put from c1`. */
  readonly what: string;
}

interface Case {
  readonly system: System;
  readonly plan: Plan;
  readonly signature: string;
  readonly mutant?: string | undefined;
  readonly properties?: readonly string[] | undefined;
}

/** One run for each operation, fault, fate and fault point of the plan, which must fail with `signature`; one for its trace. */
export function counterfactualsOf({ system, plan, signature, mutant, properties }: Case): Counterfactuals {
  const cluster = system.cluster(mutant);
  const { trace = [] } = simulate(system, plan, { mutant, cluster, trace: true });
  const judged = (other: Plan): WithoutIt =>
    outcomeOf(judge(system, simulate(system, other, { mutant, cluster }), properties), signature);
  const { operations, faults, fates, points } = plansWithout(plan, trace);
  return {
    operations: operations.map(judged),
    faults: faults.map(judged),
    fates: fates.map(judged),
    points: points.map(judged),
  };
}

/** What has become of a failure with `signature` in a run that was judged so. */
export function outcomeOf({ verdict, failures, undecided }: Judgement, signature: string): WithoutIt {
  if (failures.some((failure) => failure.signature === signature)) return 'fails in the same way';
  return verdict === 'invalid' ? 'fails otherwise' : undecided ? 'is cut short' : 'does not fail';
}

/** `plan` without each of its parts, one at a time. `trace` is that of its run. */
export function plansWithout(
  plan: Plan,
  trace: readonly TraceEvent[],
): Readonly<Record<keyof Counterfactuals, readonly Plan[]>> {
  const { operations, faults, fates, points = [] } = plan;
  return {
    operations: operations.map((one, index) => ({
      ...plan,
      operations: operations.toSpliced(index, 1),
      fates: fatesWithout(plan, new Set([one]), trace),
    })),
    faults: faults.map((_, index) => ({ ...plan, faults: faults.toSpliced(index, 1) })),
    fates: fates.map((_, index) => ({ ...plan, fates: fates.toSpliced(index, 1) })),
    points: points.map((_, index) => ({ ...plan, points: points.toSpliced(index, 1) })),
  };
}

/** Ending the faults after each step may cost so many steps in all: about a second of the bundled models. */
const STEPS_IN_ALL_MAX = 1_000_000;

/**
 * The step from which on a failure was certain: after it, the run fails with `signature` even if all faults end for good
 * and every message takes the usual time. Found by ending them after each step of the fault phase, last to first; by
 * bisection in long runs, where it may be one of several such steps.
 */
export function pointOfNoReturn({ system, plan, signature, mutant, properties }: Case): PointOfNoReturn {
  const cluster = system.cluster(mutant);
  const whole = simulate(system, plan, { mutant, cluster, trace: true });
  const failsAfter = (faultsEndAfterStep: number): boolean => {
    const run = simulate(system, plan, { mutant, cluster, faultsEndAfterStep });
    return judge(system, run, properties).failures.some((failure) => failure.signature === signature);
  };
  const end = endOfInfluence(whole);
  const isAffordable = end * whole.steps <= STEPS_IN_ALL_MAX;
  const certain = isAffordable ? lastChange(failsAfter, end) : someChange(failsAfter, end);
  const events = (whole.trace ?? []).filter(({ step }) => step === certain);
  const event = certain === 0 ? undefined : (events.find(isDispatch) ?? events[0]);
  return { step: certain, timeMicros: event?.time ?? 0, what: event === undefined ? '' : describeEvent(event) };
}

/** The least step from which on `fails` holds up to `end`, where it is taken to hold. */
function lastChange(fails: (step: number) => boolean, end: number): number {
  let certain = end;
  while (certain > 0 && fails(certain - 1)) certain--;
  return certain;
}

/** A step at which `fails` holds and before which it does not, or 0 if it holds there; by bisection. */
function someChange(fails: (step: number) => boolean, end: number): number {
  if (fails(0)) return 0;
  let certain = end;
  for (let possible = 0; certain - possible > 1;) {
    const middle = Math.floor((possible + certain) / 2);
    if (fails(middle)) certain = middle;
    else possible = middle;
  }
  return certain;
}

/** The last step in which a fault, or a fate that the plan decides, could change anything. */
function endOfInfluence({ trace = [], steps, plan, firings }: Run): number {
  if (firings.length > 0) return steps;
  const decided = new Set(plan.fates.map(({ from, to, nth }) => `${from}>${to}#${nth}`));
  const last = trace.findLast(
    (event) =>
      (event.kind === 'phase' && event.phase === 'heal') ||
      (event.kind === 'send' && decided.has(`${event.from}>${event.to}#${event.nth}`)),
  );
  return last?.step ?? steps;
}
