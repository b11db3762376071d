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

/**
 * On the violation's order, since a property may say the rest of a violation in words of its own. Not in a table of this
 * module: a module of the user's that tsx loads has a faultline of its own, and its checks would fill another table.
 */
const EVIDENCE = Symbol.for('faultline.evidence');

export function keepEvidence<State, O extends AnyOperation>(
  violation: LinearizabilityViolation,
  history: History<O>,
  spec: Spec<State, O>,
): void {
  // Not enumerable: neither JSON nor a comparison sees it.
  Object.defineProperty(violation.order, EVIDENCE, { value: { history, spec, violation }, configurable: true });
}

/** Undefined for what `checkLinearizability` has not found in this process. */
export const evidenceOf = (violation: Violation): Evidence | undefined =>
  'order' in violation && Array.isArray(violation.order)
    ? (violation.order as { readonly [EVIDENCE]?: Evidence })[EVIDENCE]
    : undefined;
