/** Where in a run its failure shows: the operations that it names, and the steps and nodes that completed them or broke something. */
import type { Failure } from '../simulation/judge.js';
import type { Run } from '../simulation/simulate.js';
import type { Moment } from './causal-past.js';
import { operationKey } from './causes.js';

/** The invocations that `failure` names, as keys. */
export function culpritOperations(run: Run, failure: Failure | undefined): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const index of failure?.operations ?? []) {
    const entry = run.history[index];
    if (entry !== undefined) keys.add(operationKey(entry));
  }
  return keys;
}

/** The steps in which the failure shows: the one that broke something, or those that answered the operations it names. */
export const failingSteps = (run: Run, failure: Failure | undefined): readonly number[] =>
  'where' in run.outcome ? [run.outcome.where.step] : answersTo(run, failure).answered.map(({ step }) => step);

/** Where the failure shows: the completions of the operations that it names, or the step that broke something. */
export function endsOf(run: Run, failure: Failure | undefined): readonly Moment[] {
  if ('where' in run.outcome) {
    const { node, step } = run.outcome.where;
    return node === undefined ? [] : [{ node, step }];
  }
  const { answered, open } = answersTo(run, failure);
  return [...answered, ...open];
}

/** Where the operations that `failure` names were answered, and where those were invoked that never were. */
function answersTo(
  run: Run,
  failure: Failure | undefined,
): { readonly answered: readonly Moment[]; readonly open: readonly Moment[] } {
  const culprits = culpritOperations(run, failure);
  const open = new Map<number, Moment>();
  const answered: Moment[] = [];
  for (const event of run.trace ?? []) {
    if (event.kind === 'invoke' && culprits.has(operationKey(event))) open.set(event.process, event);
    if (event.kind === 'complete' && open.delete(event.process)) answered.push(event);
  }
  return { answered, open: [...open.values()] };
}
