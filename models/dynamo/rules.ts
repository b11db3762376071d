/** The rules of Dynamo that are easiest to get wrong, or that differ between its promises. A mutant overrides one of them. */
import type { CausalContext, Dot } from '../causality/causal-context.js';
import { nameDot } from '../causality/causal-context.js';
import { GRACE_MICROS } from './timing.js';

export interface Rules {
  /**
   * The name of a write that `node` takes: the `count`-th that it takes for the key in its present life, of which `life` is a
   * number drawn at random.
   */
  dot(write: {
    readonly node: string;
    readonly life: number;
    readonly count: number;
    readonly seen: CausalContext;
  }): Dot;
  /** Whether a tombstone of this age, in microseconds, may be forgotten. */
  mayForget(age: number): boolean;
  /** Whether the answer of a node counts that only stands in for one of the preference list. */
  standInCounts(): boolean;
  /** Whether what a read has found is written back to a quorum before it is answered. */
  writesBack(): boolean;
  /** Whether nodes are sent what a read has shown them to lack (§5). */
  repairsOnRead(): boolean;
}

/** Always writeable (§2.3): the first N healthy nodes answer for a key. */
export const SLOPPY_RULES: Rules = {
  dot: ({ node, life, count }) => nameDot(`${node}-${life.toString(36)}`, count),
  mayForget: (age) => age >= GRACE_MICROS,
  standInCounts: () => true,
  writesBack: () => false,
  repairsOnRead: () => true,
};

/** R + W > N among the preference list alone, and what was read is as good as written. */
export const STRICT_RULES: Rules = { ...SLOPPY_RULES, standInCounts: () => false, writesBack: () => true };
