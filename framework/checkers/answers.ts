/** Answers: after healing nobody goes on asking in vain. Judges what was begun under faults as well as probes and final reads. */
import type { AnyOperation, History } from '../history/entry.js';
import { operationsOf } from '../history/operations.js';
import { formatTime } from '../kernel/time.js';
import type { CheckResult } from './verdict.js';

/** How long an answer may take once all faults have ended. */
export interface AnswerRules<O extends AnyOperation> {
  /** From healing on, the longest that anybody may still be without an answer, in microseconds. */
  readonly withinMicros: number;
  /** Reasons to fail that are answers themselves, such as a conflict. Default: none is. */
  readonly isAnswer?: (reason: string) => boolean;
  /** What an operation is called in the explanation. Default: its kind, in quotes. */
  readonly nameOf?: (operation: O) => string;
}

/** A history of which all faults had ended at `healAt`, in microseconds; its probes begin at the entry `probesFrom`. */
export interface HealedHistory<O extends AnyOperation> {
  readonly history: History<O>;
  readonly probesFrom: number;
  readonly healAt: number;
}

/**
 * Judges the operations that ended later than `withinMicros` after healing.
 *
 * - `invalid`: one of them was given up, or failed for a reason that is no answer.
 * - `unknown`: there are none.
 */
export function checkAnswered<O extends AnyOperation>(
  { history, probesFrom, healAt }: HealedHistory<O>,
  { withinMicros, isAnswer = () => false, nameOf = ({ kind }) => `'${kind}'` }: AnswerRules<O>,
): CheckResult {
  const asked = operationsOf(history).filter(
    ({ returnedAt }) => returnedAt !== null && returnedAt > healAt + withinMicros,
  );
  const seen = { asked: asked.length, underWay: asked.filter(({ index }) => index < probesFrom).length };
  for (const { operation, outcome, index, process, returnedAt } of asked) {
    if ((outcome.kind !== 'info' && outcome.kind !== 'fail') || isAnswer(outcome.reason)) continue;
    const explanation =
      `Process ${process} gave up ${nameOf(operation)} ${formatTime((returnedAt ?? 0) - healAt)} after healing ` +
      `(${outcome.reason}), although an answer takes no longer than ${formatTime(withinMicros)}.`;
    return { verdict: 'invalid', violation: { rule: 'no answer', explanation, operations: [index] }, seen };
  }
  if (asked.length > 0) return { verdict: 'valid', seen };
  return { verdict: 'unknown', reason: 'nothing was asked after healing', seen };
}
