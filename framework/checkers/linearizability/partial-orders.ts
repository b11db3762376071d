/** Legal orders of parts of an illegal history: for each operation one that leads to it, if there is any. For pictures. */
import type { AnyOperation, History } from '../../history/entry.js';
import type { Spec } from '../spec.js';
import type { LinearizabilityViolation } from './explanation.js';
import { searchFrontier } from './frontier-search.js';
import { groupByKey } from './groups.js';

/** Of keys with more operations only what the violation's own order tells is told. */
const OPERATIONS_MAX = 5_000;
const BOUNDS = { configurationsMax: 1_000_000, frontierMax: 100_000, trailsFrom: 0 };

/**
 * For the operations asked for, by the index of their invocation: the order that leads to it, itself last. It covers all
 * that had returned before the operation was called, and what else it needs. A completed operation without one has no
 * place at all. `violation` must come from `checkLinearizability(history, spec)`.
 */
export function partialOrders<State, O extends AnyOperation>(
  history: History<O>,
  spec: Spec<State, O>,
  violation: LinearizabilityViolation,
  asked: readonly number[],
): ReadonlyMap<number, readonly number[]> {
  const orders = new Map<number, readonly number[]>();
  for (const [place, index] of violation.order.entries()) orders.set(index, violation.order.slice(0, place + 1));
  const group = groupByKey(history, spec).groups.find(({ key }) => key === violation.key);
  if (group === undefined || group.operations.length > OPERATIONS_MAX) return orders;
  for (const [id, { recorded, certainty }] of group.operations.entries()) {
    if (certainty !== 'completed' || orders.has(recorded.index) || !asked.includes(recorded.index)) continue;
    // As if it returned as soon as it is called, and all else that is open then went on.
    const events = [...group.events.slice(0, group.events.indexOf(2 * id) + 1), 2 * id + 1];
    const search = searchFrontier({ operations: group.operations, events }, spec, BOUNDS);
    if (search.kind !== 'legal') continue;
    const order = search.order.map((place) => group.operations[place]?.recorded.index ?? -1);
    const end = order.indexOf(recorded.index);
    if (end >= 0) orders.set(recorded.index, order.slice(0, end + 1));
  }
  return orders;
}
