/** A sequential reference object: what the system would do if it were one machine that served one request at a time. */
import type { AnyOperation } from '../history/entry.js';

/**
 * `initial` and `step` suffice; the rest helps.
 *
 * @typeParam State immutable; `step` returns a new value and never changes its argument. Plain data, or `equal` is given.
 * @typeParam O the operations the object understands.
 */
export interface Spec<State, O extends AnyOperation> {
  /** What answers call it. */
  readonly name?: string;
  readonly initial: State;
  /** The object's next state and the only result it may return for `operation` in `state`. */
  step(state: State, operation: O): { readonly state: State; readonly result: unknown };
  /** Whether two states are the same, for states that are not plain data. Default: they are the same JSON. */
  equal?(one: State, other: State): boolean;
  /** A whole number that equal states share. Worth giving with `equal`: without it each state is compared with all others. */
  hash?(state: State): number;
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
  /**
   * What may be forgotten of states, given one key's operations: a state is told from another only if one of these, done
   * in it or later, can return what it returned from one of the two and not from the other. Optional: texts that grow and
   * that nobody reads would otherwise be searched in every order.
   */
  forget?(operations: readonly Known<O>[]): Forgetting<State>;
}

/** Which states cannot be told apart by what a history asks. */
export interface Forgetting<State> {
  /** The state that stands for all those that cannot be told from `state`. */
  representative(state: State): State;
}

/** What a history knows of an operation: `result` is undefined unless it completed. */
export interface Known<O extends AnyOperation> {
  readonly operation: O;
  readonly result: unknown;
}

/** An operation as a register sees it. */
export type RegisterAccess = { readonly kind: 'read' } | { readonly kind: 'write'; readonly value: unknown };

/** What answers call the object: `register`. */
export const nameOf = ({ name = 'specified object' }: { readonly name?: string }): string => name;
