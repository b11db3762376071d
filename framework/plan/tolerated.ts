/** Whether a plan stays within what a system claims to tolerate. Generated plans do, and shrinking must not lead out. */
import type { Plan } from './plan.js';
import { withinTolerance } from './fault-arbitraries.js';
import type { Tolerance } from './workload.js';

export function isTolerated({ faults, fates }: Plan, tolerates: Tolerance): boolean {
  if (withinTolerance(faults, tolerates).length < faults.length) return false;
  const lasting = faults.some((fault) => fault.kind === 'crash' && fault.forMicros === null);
  if (lasting && tolerates.crash?.untilHealing !== true) return false;
  const { minMicros, maxMicros } = tolerates.delay;
  return fates.every(({ delaysMicros }) => delaysMicros.every((delay) => delay >= minMicros && delay <= maxMicros));
}
