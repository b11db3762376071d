/**
 * Convergence: once all is quiet, every replica holds the same (strong eventual consistency, judged at the end), or
 * what it ought to hold (the fold of the log, say).
 */
import type { AnyOperation, History } from '../history/entry.js';
import { operationsOf } from '../history/operations.js';
import { describeDifference, firstDifference } from './difference.js';
import type { CheckResult } from './verdict.js';

/** What replicas ought to hold, if that is known. */
export interface ConvergenceOptions {
  /** What every replica must hold. Without it they need only agree with each other. */
  readonly expected?: { readonly name: string; readonly value: unknown };
}

/**
 * Judges what each replica holds, by the node's name.
 *
 * - `invalid`: two replicas differ, or one differs from what is expected.
 * - `unknown`: there is nothing to compare: fewer than two replicas, or none when a value is expected.
 */
export function checkConvergence(
  replicas: ReadonlyMap<string, unknown>,
  options: ConvergenceOptions = {},
): CheckResult {
  return compare(
    [...replicas].map(([node, value]) => ({ node, value })),
    options,
  );
}

/**
 * The same for a recorded history, whose last completed `{ kind: 'inspect', node }` of each node tells what it holds.
 * Throws when the history is not well-formed.
 */
export function checkConvergenceOf(history: History, options: ConvergenceOptions = {}): CheckResult {
  const last = new Map<string, Observation>();
  for (const { index, operation, outcome } of operationsOf(history)) {
    const node = inspectedNode(operation);
    if (node === undefined || outcome.kind !== 'ok') continue;
    last.set(node, { node, value: outcome.result, operation: index });
  }
  return compare([...last.values()], options);
}

interface Observation {
  readonly node: string;
  readonly value: unknown;
  /** The index in the history of the invocation that asked. */
  readonly operation?: number;
}

function compare(observations: readonly Observation[], { expected }: ConvergenceOptions): CheckResult {
  const seen = { replicas: observations.length };
  const [first, ...others] = observations;
  if (first === undefined || (expected === undefined && others.length === 0))
    return { verdict: 'unknown', reason: `${seen.replicas} replica(s) observed: nothing to compare`, seen };
  const reference: Observation = expected === undefined ? first : { node: expected.name, value: expected.value };
  const apart = (expected === undefined ? others : observations).flatMap((observation) => {
    const difference = firstDifference(reference.value, observation.value);
    return difference === undefined ? [] : [{ observation, difference }];
  });
  const [shown] = apart;
  if (shown === undefined) return { verdict: 'valid', seen };
  const { observation, difference } = shown;
  const also = apart.slice(1).map((other) => other.observation.node);
  const explanation =
    `${describeDifference(difference, [reference.node, observation.node])}.` +
    (also.length === 0
      ? ''
      : ` ${also.join(', ')} ${also.length === 1 ? 'differs' : 'differ'} from ${reference.node} too.`);
  const operations = [reference, observation].flatMap(({ operation }) => (operation === undefined ? [] : [operation]));
  const rule = expected === undefined ? 'replicas diverge' : `replica differs from ${expected.name}`;
  return { verdict: 'invalid', violation: { rule, explanation, operations }, seen };
}

function inspectedNode(operation: AnyOperation): string | undefined {
  if (operation.kind !== 'inspect' || !('node' in operation)) return undefined;
  return typeof operation.node === 'string' ? operation.node : undefined;
}
