/**
 * Named random streams from one seed string. Each subsystem draws from a stream of its own, so that one more draw in
 * one place never changes another. seedrandom's `alea` generator is used directly: it never seeds itself.
 */
import seedrandom from 'seedrandom';
import { invariant } from './invariant.js';

/** A stream of random numbers that its seed and name determine. */
export interface Random {
  /** An integer, uniform in 0 … 2³² − 1. */
  uint32(): number;
  /** An integer, uniform in 0 … `bound` − 1. `bound` is a positive integer below 2³². */
  below(bound: number): number;
  /** An integer, uniform in `min` … `max`, both included. */
  between(min: number, max: number): number;
  /** True with a probability of `millionths` in a million. */
  chance(millionths: number): boolean;
  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T;
}

/**
 * A seed as the non-empty string that every stream is derived from. seedrandom gives 1 and '1' different streams and
 * seeds itself from the environment for null: neither may happen, so everything passes through here.
 */
export function normaliseSeed(seed: string | number): string {
  const text = typeof seed === 'number' ? String(seed) : seed.trim();
  invariant(
    text !== '' && text !== 'NaN',
    () => `a seed must be a number or a non-empty string; got ${JSON.stringify(seed)}`,
  );
  return text;
}

/** The stream called `name` of `seed`: the same pair gives the same numbers on every machine, in every run. */
export function randomStream(seed: string, name: string): Random {
  const generator = seedrandom.alea(`${seed}/${name}`);
  const uint32 = (): number => generator.int32() >>> 0;
  const below = (bound: number): number => Math.floor((uint32() * bound) / 0x1_0000_0000);
  return {
    uint32,
    below,
    between: (min, max) => min + below(max - min + 1),
    chance: (millionths) => below(1_000_000) < millionths,
    pick: <T>(items: readonly T[]): T => {
      invariant(items.length > 0, 'pick needs at least one item');
      return items[below(items.length)] as T;
    },
  };
}
