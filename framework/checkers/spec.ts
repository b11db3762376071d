/** A sequential reference object: what the system would do if it were one machine that served one request at a time. */
import type { AnyOperation } from '../history/entry.js';

/**
 * @typeParam State plain, immutable data; `step` returns a new value and never changes its argument.
 * @typeParam O the operations the object understands.
 */
export interface Spec<State, O extends AnyOperation> {
  readonly name: string;
  readonly initial: State;
  /** The object's next state and the only result it may return for `operation` in `state`. */
  step(state: State, operation: O): { readonly state: State; readonly result: unknown };
  /**
   * Operations with different keys never affect each other, so each key's sub-history may be judged alone
   * (P-compositionality: Horn and Kroening 2015; locality: Herlihy and Wing 1990).
   */
  partition?(operation: O): string;
  /**
   * True only for operations that change no state whatever. Optional: a checker that knows the reads places each as soon
   * as its result fits, and ignores those that were never answered.
   */
  readOnly?(operation: O): boolean;
  /**
   * The operation as one of a plain register, whose state is the last value written; undefined if it is not one. Optional:
   * keys that saw only these, and never the same value twice, are decided without a search.
   */
  asRegister?(operation: O): RegisterAccess | undefined;
}

export type RegisterAccess = { readonly kind: 'read' } | { readonly kind: 'write'; readonly value: unknown };
