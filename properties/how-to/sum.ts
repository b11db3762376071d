/** The checker of the how-to pages. */
// #region checker
import { operationsOf, type CheckResult, type History, type NodeId } from 'faultline';
import type { CounterOperation } from 'faultline/models';

/**
 * Whether each node holds the sum of the adds that were acknowledged, and of some of those whose outcome is unknown. Amounts
 * are positive. Unknown if there was no node to look at, or nothing was acknowledged.
 */
export function checkSum(history: History<CounterOperation>, replicas: ReadonlyMap<NodeId, number>): CheckResult {
  let [acknowledged, perhaps, adds] = [0, 0, 0];
  for (const { operation, outcome } of operationsOf(history)) {
    if (operation.kind !== 'add' || outcome.kind === 'fail') continue;
    adds++;
    if (outcome.kind === 'ok') acknowledged += operation.amount;
    else perhaps += operation.amount;
  }
  const seen = { adds, replicas: replicas.size };
  if (acknowledged === 0) return { verdict: 'unknown', reason: 'no add was acknowledged', seen };
  if (replicas.size === 0) return { verdict: 'unknown', reason: 'no node was inspected', seen };
  for (const [node, sum] of replicas) {
    const rule = sum < acknowledged ? 'add lost' : sum > acknowledged + perhaps ? 'add counted twice' : undefined;
    if (rule === undefined) continue;
    const explanation =
      `${node} holds ${sum}, but ${acknowledged} was acknowledged` +
      (perhaps === 0 ? '.' : `, and at most ${perhaps} more may have been added.`);
    return { verdict: 'invalid', violation: { rule, explanation, operations: [] }, seen };
  }
  return { verdict: 'valid', seen };
}
// #endregion
