/**
 * Counters (M. Shapiro, N. Preguiça, C. Baquero, M. Zawirski, "A comprehensive study of convergent and commutative
 * replicated data types", INRIA RR-7506, 2011, §3.1): each actor counts in a place of its own, which only grows, so the
 * greater of two is the newer.
 */
import { partsOf, type Actor, type Dot } from '../causality/causal-context.js';

/** How much each actor has counted. */
export type GrowOnlyCounter = Record<Actor, number>;

/** A counter that falls is two that grow (PN-counter). */
export interface UpDownCounter {
  up: GrowOnlyCounter;
  down: GrowOnlyCounter;
}

export const total = (counter: GrowOnlyCounter): number => Object.values(counter).reduce((sum, n) => sum + n, 0);

export const balance = ({ up, down }: UpDownCounter): number => total(up) - total(down);

/** The actor's place after `amount` more. */
export function counted(counter: GrowOnlyCounter, dot: Dot, amount: number): GrowOnlyCounter {
  const { actor } = partsOf(dot);
  return { [actor]: (counter[actor] ?? 0) + amount };
}

export function joinCounter(counter: GrowOnlyCounter, other: GrowOnlyCounter): void {
  for (const [actor, n] of Object.entries(other)) counter[actor] = Math.max(n, counter[actor] ?? 0);
}
