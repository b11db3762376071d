/** What a run put its properties to the test with: how many operations, how many at once, and under which faults. */
import { durationOf } from '../faults/fault.js';
import { operationsOf } from '../history/operations.js';
import type { Run } from './simulate.js';

export interface Exercised {
  /** Of the workload: probes, final reads and inspections come after all faults. */
  readonly operations: number;
  readonly concurrencyMax: number;
  /** Faults of the plan that began, and those of them that were in force while an operation was open. */
  readonly faults: number;
  readonly faultsOverlapped: number;
}

/** O(entries × faults). */
export function exercisedBy({ history, plan, probesFrom, endedAtMicros }: Run): Exercised {
  const workload = history.slice(0, probesFrom);
  const operations = operationsOf(workload);
  let open = 0;
  let concurrencyMax = 0;
  for (const { type } of workload) {
    open += type === 'invoke' ? 1 : -1;
    concurrencyMax = Math.max(concurrencyMax, open);
  }
  const begun = plan.faults.filter(({ at }) => at < plan.healAt && at <= endedAtMicros);
  const overlapped = begun.filter((fault) => {
    const end = Math.min(plan.healAt, fault.at + (durationOf(fault) ?? Infinity));
    return operations.some(
      ({ invokedAt, returnedAt }) => invokedAt <= end && (returnedAt ?? endedAtMicros) >= fault.at,
    );
  });
  return { operations: operations.length, concurrencyMax, faults: begun.length, faultsOverlapped: overlapped.length };
}
