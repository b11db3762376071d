/** When a semi-synchronous system was degraded, by what its replicas have on disk: the time in which it may lose writes. */
import type { FinalState } from './evidence.js';

export interface Degradation {
  readonly term: number;
  readonly from: number;
  /** When its primary returned, or was deposed; else the end of the run. */
  readonly to: number;
}

/** In the order of time. Clocks are right in this system, so those of two machines can be compared. */
export function degradations({ replicas, monitor }: FinalState, end: number): Degradation[] {
  const windows: Degradation[] = [];
  for (const { modeChanges } of replicas)
    for (const [index, { term, at, to }] of modeChanges.entries()) {
      if (to !== 'degraded') continue;
      const next = modeChanges[index + 1];
      const deposed = monitor.failovers.find((failover) => failover.term > term);
      // A crash may have taken the line that says that it returned.
      const until = next?.term === term ? next.at : (deposed?.at ?? end);
      windows.push({ term, from: at, to: Math.max(at, until) });
    }
  return windows.sort((one, other) => one.from - other.from);
}
