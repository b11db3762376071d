/** How a campaign looks for failures: which plan it runs for each seed. None knows what it is looking for. */
import type { PlanOptions } from '../plan/arbitrary.js';
import { planGenerator } from '../plan/arbitrary.js';
import type { Plan } from '../plan/plan.js';
import type { Run } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import { CoverageGuided } from './strategies/coverage-guided.js';
import { Exhaustive } from './strategies/exhaustive.js';
import { Pct } from './strategies/pct.js';

/** One search: it is asked for a plan, told what came of it, and asked again. */
export interface Search {
  /** The plan to run for `seed`. */
  next(seed: string): Plan;
  /** Told of each run; `fresh` is how many pairs of state and message it showed for the first time. */
  learn?(run: Run, fresh: number): void;
  /** The plans that it keeps, if it keeps any. */
  readonly corpus?: readonly Plan[];
}

/** What a search may use: the system, and a way to try plans on what is under test, whatever that is. */
export interface SearchOptions extends PlanOptions {
  readonly tryOut: (plan: Plan) => Run;
  /** What an earlier search kept. */
  readonly corpus?: readonly Plan[];
}

interface Strategy {
  readonly title: string;
  /** Whether a plan depends on its seed alone, and not on the runs before. */
  readonly memoryless: boolean;
  /** Whether `learn` wants to know what was fresh: that slows runs down. */
  readonly observes?: boolean;
  search(system: System, options: SearchOptions): Search;
}

/** By name, as in `--strategy`. */
const STRATEGIES = {
  uniform: {
    title: 'every fault is of any kind that the system tolerates',
    memoryless: true,
    search: (system, options) => ({ next: planGenerator(system, { ...options, mix: 'uniform' }) }),
  },
  swarm: {
    title: 'each run has some of the kinds of fault only',
    memoryless: true,
    search: (system, options) => ({ next: planGenerator(system, { ...options, mix: 'swarm' }) }),
  },
  pct: {
    title: 'links have priorities, which change at a few messages',
    memoryless: false,
    search: (system, options) => new Pct(system, options),
  },
  coverage: {
    title: 'plans that showed something new are varied',
    memoryless: false,
    observes: true,
    search: (system, options) => new CoverageGuided(system, options),
  },
  exhaustive: {
    title: 'every fault at every moment of small workloads, one by one',
    memoryless: false,
    search: (system, options) => new Exhaustive(system, options),
  },
} as const satisfies Readonly<Record<string, Strategy>>;

/** How plans are chosen: `swarm`, `uniform`, `pct`, `coverage` or `exhaustive`. */
export type StrategyName = keyof typeof STRATEGIES;

export const DEFAULT_STRATEGY: StrategyName = 'swarm';

export const STRATEGY_NAMES = Object.keys(STRATEGIES) as readonly StrategyName[];

export const isStrategy = (name: string): name is StrategyName => Object.hasOwn(STRATEGIES, name);

export const strategyNamed = (name: StrategyName): Strategy => STRATEGIES[name];
