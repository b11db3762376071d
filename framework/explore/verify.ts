/**
 * The determinism self-check. Each seed runs twice, the second time after a run of another system in between, and once
 * through immer; all must go through the same steps. If not, the first step that differs is named.
 */
import type { Plan } from '../plan/plan.js';
import { simulate, type Run, type SimulateOptions } from '../simulation/simulate.js';
import { describeEvent, isDispatch } from '../simulation/trace.js';
import type { System } from '../simulation/system.js';

/** Two runs of one plan that were not the same. */
export interface Divergence {
  readonly seed: string;
  /** What the two runs had different: nothing but the repetition, or the execution as well. */
  readonly between:
    'two runs in place' | 'a run in place and one through immer' | 'a run of its own and one in a campaign';
  /** The first step whose digest differs; null if only the final states do. */
  readonly step: number | null;
  readonly explanation: string;
}

/**
 * Runs `plan` again and again, with `disturb` (runs of other systems, say) in between. Undefined: all runs were equal.
 */
export function verifyDeterminism(
  system: System,
  plan: Plan,
  options: {
    readonly mutant?: string | undefined;
    readonly disturb?: () => void;
    /** The digest of an earlier run of the plan, on a cluster that had been used before. */
    readonly expected?: string;
  } = {},
): Divergence | undefined {
  const { mutant, disturb, expected } = options;
  const base: SimulateOptions = { mutant, trail: true };
  const first = simulate(system, plan, base);
  disturb?.();
  const second = simulate(system, plan, base);
  const immer = simulate(system, plan, { ...base, execution: 'immer' });
  if (expected !== undefined && expected !== first.digest && first.digest === second.digest)
    return {
      seed: plan.seed,
      between: 'a run of its own and one in a campaign',
      step: null,
      explanation:
        'Repeated by itself the run is always the same, but after runs of other seeds it was another: ' +
        'something outlives a run, such as a variable in the closure of cluster() or of its module.',
    };
  return (
    compare(system, first, second, { between: 'two runs in place', again: base }) ??
    compare(system, first, immer, {
      between: 'a run in place and one through immer',
      again: { ...base, execution: 'immer' },
    })
  );
}

function compare(
  system: System,
  one: Run,
  other: Run,
  how: { readonly between: Divergence['between']; readonly again: SimulateOptions },
): Divergence | undefined {
  if (one.digest === other.digest) return undefined;
  const { plan } = one;
  const [trail, otherTrail] = [one.trail ?? [], other.trail ?? []];
  const index = trail.findIndex((value, step) => value !== otherTrail[step]);
  const length = Math.min(trail.length, otherTrail.length);
  const at = index >= 0 ? index : length < Math.max(trail.length, otherTrail.length) ? length : -1;
  const { seed } = plan;
  const { between } = how;
  if (at < 0) {
    const explanation =
      'All steps are the same, but a node ends in a different state: a handler shares data between nodes, steps or runs.';
    return { seed, between, step: null, explanation };
  }
  const step = at + 1;
  const here = describeStep(simulate(system, plan, { ...how.again, execution: 'in-place', trace: true }), step);
  const there = describeStep(simulate(system, plan, { ...how.again, trace: true }), step);
  const explanation =
    `Step ${step} is the first to differ: ${here}` +
    (here === there ? ', with other contents. ' : ` in one run, ${there} in the other. `) +
    `The cause is in this step or in what ran before it on the same node: look for state outside the node's own ` +
    `(a module variable), data kept after it was sent, or an unordered iteration.`;
  return { seed, between, step, explanation };
}

function describeStep({ trace }: Run, step: number): string {
  const events = (trace ?? []).filter((event) => event.step === step);
  const main = events.find(isDispatch) ?? events.find(({ kind }) => kind === 'invoke') ?? events[0];
  return main === undefined ? 'the end of the run' : `${describeEvent(main)} (at ${main.time} µs)`;
}
