/** Whether a plan stays within what a system claims to tolerate. Generated plans do, and shrinking must not lead out. */
import type { Fault } from '../faults/fault.js';
import type { NodeId } from '../world/protocol.js';
import { withinCrashLimit } from './fault-arbitraries.js';
import type { Plan } from './plan.js';
import type { Tolerance } from './workload.js';

export function isTolerated({ faults, fates, clients }: Plan, tolerates: Tolerance): boolean {
  const isClient = (name: NodeId) => Array.from({ length: clients }, (_, index) => `c${index + 1}`).includes(name);
  if (!faults.every((fault) => isToleratedFault(fault, tolerates, isClient))) return false;
  if (withinCrashLimit(faults, tolerates).length < faults.length) return false;
  const { minMicros, maxMicros } = tolerates.delay;
  return fates.every(({ delaysMicros }) => delaysMicros.every((delay) => delay >= minMicros && delay <= maxMicros));
}

function isToleratedFault(fault: Fault, tolerates: Tolerance, isClient: (name: NodeId) => boolean): boolean {
  const { crash, pause, partition, clock } = tolerates;
  switch (fault.kind) {
    case 'crash':
      return crash?.nodes.includes(fault.node) === true && (fault.forMicros !== null || crash.untilHealing === true);
    case 'pause':
      return pause?.nodes.includes(fault.node) === true;
    case 'partition':
      if (partition === undefined || (fault.direction !== 'both' && partition.oneWay !== true)) return false;
      return [...fault.from, ...fault.to].every((name) => isClient(name) || partition.nodes.includes(name));
    case 'clock':
      return (
        clock?.nodes.includes(fault.node) === true &&
        Math.abs(fault.offsetMicros) <= clock.offsetMicrosMax &&
        Math.abs(fault.driftPerMillion) <= clock.driftPerMillionMax
      );
  }
}
