/**
 * A moment in an order that respects causality: a clock's time, pushed beyond every moment known (a hybrid of L. Lamport's
 * clocks and a real one); of two that are equal, the actor decides.
 */
import type { Actor } from '../causality/causal-context.js';

export interface Stamp {
  readonly time: number;
  readonly actor: Actor;
}

export const isLater = (one: Stamp, other: Stamp): boolean =>
  one.time > other.time || (one.time === other.time && one.actor > other.actor);

/** For sorting, the latest first. */
export const latestFirst = (one: Stamp, other: Stamp): number =>
  isLater(one, other) ? -1 : isLater(other, one) ? 1 : 0;
