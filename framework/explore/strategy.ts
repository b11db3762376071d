/** How a campaign looks for failures: which plan it runs for each seed. None knows what it is looking for. */
import type { Plan } from '../plan/plan.js';
import { planGenerator, type PlanOptions, type PlanSource } from '../plan/arbitrary.js';

/** The same seed gives the same plan, whatever ran before. */
export type Strategy = (source: PlanSource, options: PlanOptions) => (seed: string) => Plan;

/** By name, as in `--strategy`. */
const STRATEGIES = {
  /** Every fault is of any kind that the system tolerates. */
  uniform: (source, options) => planGenerator(source, { ...options, mix: 'uniform' }),
  /** Each run has some of the kinds only, by the flip of a coin for each. */
  swarm: (source, options) => planGenerator(source, { ...options, mix: 'swarm' }),
} as const satisfies Readonly<Record<string, Strategy>>;

export type StrategyName = keyof typeof STRATEGIES;

export const DEFAULT_STRATEGY: StrategyName = 'swarm';

export const STRATEGY_NAMES = Object.keys(STRATEGIES) as readonly StrategyName[];

export const isStrategy = (name: string): name is StrategyName => Object.hasOwn(STRATEGIES, name);

/** The strategy so called, for `source`. Throws for an unknown name. */
export function strategyFor(name: StrategyName, source: PlanSource, options: PlanOptions): (seed: string) => Plan {
  return STRATEGIES[name](source, options);
}
