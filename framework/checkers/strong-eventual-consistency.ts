/**
 * Strong eventual consistency: replicas that have delivered the same updates are in the same state, in whatever order they
 * delivered them, and without waiting for quiet (M. Shapiro, N. Preguiça, C. Baquero, M. Zawirski, "Conflict-free
 * replicated data types", SSS 2011). What is judged at the end alone is `checkConvergence`.
 */
import { printWord } from '../history/notation-words.js';
import { canonicalJson } from '../kernel/plain-data.js';
import { describeDifference, firstDifference } from './difference.js';
import type { CheckResult } from './verdict.js';

/** What was seen of a replica at some moment. */
export interface ReplicaObservation {
  readonly replica: string;
  /** The identities of the updates that it had delivered, in any order. Delivered twice is delivered. */
  readonly updates: Iterable<string>;
  /** What a query would see then: plain data, without what only the implementation knows (clocks, tombstones). */
  readonly state: unknown;
}

/**
 * Judges what was seen of several replicas, each as often as one likes.
 *
 * - `invalid`: two observations with the same updates differ in state.
 * - `unknown`: no two replicas were ever seen with the same updates, at least one. O(observations × their size).
 */
export function checkStrongEventualConsistency(observations: Iterable<ReplicaObservation>): CheckResult {
  const first = new Map<string, ReplicaObservation>();
  const compared = new Set<string>();
  let count = 0;
  let pairs = 0;
  for (const one of observations) {
    count++;
    const updates = [...new Set(one.updates)].sort();
    const set = canonicalJson(updates);
    const other = first.get(set);
    if (other === undefined) {
      first.set(set, one);
      continue;
    }
    const seen = { observations: count, updateSets: first.size, compared: pairs };
    const difference = firstDifference(other.state, one.state);
    if (difference !== undefined) {
      const explanation =
        `${other.replica} and ${one.replica} have delivered the same ${updates.length} updates ` +
        `(${updates.slice(0, LISTED_MAX).map(printWord).join(', ')}${updates.length > LISTED_MAX ? ', …' : ''}); ` +
        `${describeDifference(difference, [other.replica, one.replica])}.`;
      const violation = { rule: 'same updates, different states', explanation, operations: [] };
      return { verdict: 'invalid', violation, seen };
    }
    if (other.replica === one.replica) continue;
    pairs++;
    if (updates.length > 0) compared.add(set);
  }
  const seen = { observations: count, updateSets: first.size, compared: pairs };
  if (compared.size > 0) return { verdict: 'valid', seen };
  return { verdict: 'unknown', reason: 'no two replicas were seen with the same updates', seen };
}

const LISTED_MAX = 8;
