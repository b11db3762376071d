/** The size of a plan: what shrinking makes small, and what the bug zoo's smallest schedules are compared with. */
import type { Plan } from './plan.js';

/** How much a reader has to understand: operations, faults, messages whose fate matters, and rates that are not zero. */
export function planSize({ operations, faults, fates, points = [], network }: Plan): number {
  const rates = Number(network.dropPerMillion > 0) + Number(network.duplicatePerMillion > 0);
  return operations.length + faults.length + fates.length + points.length + rates;
}
