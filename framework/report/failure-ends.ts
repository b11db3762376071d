/** Where in a run its failure shows: the operations that it names, and the steps and nodes that completed them or broke something. */
import type { Failure } from '../simulation/judge.js';
import type { Run } from '../simulation/simulate.js';
import type { Moment } from './causal-past.js';
import { operationKey } from './causes.js';

/** The steps in which the failure shows: the one that broke something, or those that answered the operations it names. */
export function failingSteps({ outcome, trace = [] }: Run, culprits: ReadonlySet<string>): readonly number[] {
  if ('where' in outcome) return [outcome.where.step];
  const open = new Map<number, string>();
  const steps: number[] = [];
  for (const event of trace) {
    if (event.kind === 'invoke') open.set(event.process, operationKey(event));
    else if (event.kind === 'complete' && culprits.has(open.get(event.process) ?? '')) steps.push(event.step);
  }
  return steps;
}

/** The invocations that `failure` names, as keys. */
export function culpritOperations(run: Run, failure: Failure | undefined): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const index of failure?.operations ?? []) {
    const entry = run.history[index];
    if (entry !== undefined) keys.add(operationKey(entry));
  }
  return keys;
}

/** Where the failure shows: the completions of the operations that it names, or the step that broke something. */
export function endsOf(run: Run, failure: Failure | undefined): readonly Moment[] {
  const { outcome, trace = [] } = run;
  if ('where' in outcome) {
    const { node, step } = outcome.where;
    return node === undefined ? [] : [{ node, step }];
  }
  const culprits = culpritOperations(run, failure);
  const open = new Map<number, Moment>();
  const ends: Moment[] = [];
  for (const event of trace) {
    if (event.kind === 'invoke' && culprits.has(operationKey(event))) open.set(event.process, event);
    if (event.kind !== 'complete' || !open.delete(event.process)) continue;
    ends.push(event);
  }
  return [...ends, ...open.values()];
}
