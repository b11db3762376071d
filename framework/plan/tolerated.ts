/** Whether a plan stays within what a system claims to tolerate. Generated plans do, and shrinking must not lead out. */
import { faultType } from '../faults/fault.js';
import { clientNames, withinLimits } from './fault-arbitraries.js';
import type { Plan } from './plan.js';
import type { Tolerance } from './workload.js';

export function isTolerated({ faults, fates, points = [], clients }: Plan, tolerates: Tolerance): boolean {
  const setting = { clients: clientNames(clients) };
  for (const fault of faults) {
    const tolerance = tolerates[fault.kind];
    if (tolerance === undefined || !faultType(fault.kind).isTolerated(fault, tolerance, setting)) return false;
  }
  if (withinLimits(faults, tolerates).length < faults.length) return false;
  if (!points.every(({ point }) => tolerates.maybe?.includes(point) === true)) return false;
  const { minMicros, maxMicros } = tolerates.delay;
  return fates.every(({ delaysMicros }) => delaysMicros.every((delay) => delay >= minMicros && delay <= maxMicros));
}
