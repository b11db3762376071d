/** What the linearizability searches solve: the operations of one key, and when they were called and returned. */
import type { AnyOperation } from '../../history/entry.js';
import { equal } from '../equal.js';

/**
 * What is known of an operation.
 *
 * - `completed`: it took effect between its call and its return, with this result.
 * - `pending`: it took effect at most once, after its call.
 * - `free`: it may take effect whenever and as often as it helps. A relaxation, used by explanations.
 */
export type Certainty = 'completed' | 'pending' | 'free';

export interface Placeable<O extends AnyOperation> {
  readonly operation: O;
  readonly certainty: Certainty;
  readonly result: unknown;
}

/** Operations of one key, and their calls and returns in the order of time. */
export interface Problem<O extends AnyOperation> {
  readonly operations: readonly Placeable<O>[];
  /** 2i is the call of operation i, 2i + 1 its return. Only completed operations return. */
  readonly events: readonly number[];
}

export type Search<State> =
  | {
      readonly kind: 'legal';
      readonly configurations: number;
      /** One legal order, as far as ways were remembered: places in `operations`. */
      readonly order: readonly number[];
    }
  | {
      /** `exhausted`: a bound was reached first, and nothing is known beyond `stuckAt`. */
      readonly kind: 'illegal' | 'exhausted';
      readonly configurations: number;
      /** The event, a return, that no order got past: all before it can be explained. */
      readonly stuckAt: number;
      /** One legal order of all that had returned before, or the end of it: places in `operations`. */
      readonly order: readonly number[];
      /** The state after that order. */
      readonly state: State;
    };

/** Results as JSON knows them: nothing is null. */
export const sameResult = (one: unknown, other: unknown): boolean => equal(one ?? null, other ?? null);
