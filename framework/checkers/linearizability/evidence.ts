/**
 * On what a violation was found. A property judges a part of a run's history, often in other words, by a specification of
 * its own, and hands on the violation alone: pictures need the other two.
 */
import type { AnyOperation, History } from '../../history/entry.js';
import type { Spec } from '../spec.js';
import type { Violation } from '../verdict.js';
import type { LinearizabilityViolation } from './explanation.js';

export interface Evidence {
  readonly history: History;
  readonly spec: Spec<unknown, AnyOperation>;
  /** As it was found: its indices are those of `history`. */
  readonly violation: LinearizabilityViolation;
}

/** By the violation's order: a property may say the rest of a violation in words of its own. */
const found = new WeakMap<readonly number[], Evidence>();

export function keepEvidence<State, O extends AnyOperation>(
  violation: LinearizabilityViolation,
  history: History<O>,
  spec: Spec<State, O>,
): void {
  found.set(violation.order, { history, spec, violation });
}

/** Undefined for what `checkLinearizability` has not found in this process. */
export const evidenceOf = (violation: Violation): Evidence | undefined =>
  'order' in violation && Array.isArray(violation.order) ? found.get(violation.order) : undefined;
