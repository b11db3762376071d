/**
 * Probabilistic concurrency testing (S. Burckhardt et al., ASPLOS 2010), for messages: each link has a random priority,
 * which decides how long its messages take; at d − 1 change points, messages chosen evenly from those of the run, the link
 * of that message becomes the slowest of all and stays so. The faults and operations of a plan are those of swarm.
 *
 * What it guarantees: for any link of n and any d − 1 of the first k messages of a run, a plan of depth d makes that link
 * the slowest from the start and the links of those messages slow from there on with a probability of at least
 * 1 / (n · k^(d−1)). So a bug that needs no more than that is found within n · k^(d−1) seeds on average, if the faults
 * and operations are right. Slow means the longest delay that the system tolerates: it is no more than that.
 */
import type { PlanOptions } from '../../plan/arbitrary.js';
import { planGenerator } from '../../plan/arbitrary.js';
import type { Plan } from '../../plan/plan.js';
import { randomStream } from '../../kernel/random.js';
import type { Run } from '../../simulation/simulate.js';
import type { System } from '../../simulation/system.js';
import type { Search } from '../strategy.js';

/** Depths are drawn evenly up to this one. */
const DEPTH_MAX = 4;

export class Pct implements Search {
  private readonly generate: (seed: string) => Plan;
  private readonly delay: Plan['network']['delay'];
  /** The most messages that a run has sent so far: k. */
  private messagesMax = 100;

  constructor(system: System, options: PlanOptions) {
    this.generate = planGenerator(system, { ...options, mix: 'swarm' });
    this.delay = { kind: 'uniform', ...system.tolerates.delay };
  }

  next(seed: string): Plan {
    const plan = this.generate(seed);
    const random = randomStream(seed, 'pct');
    const depth = random.between(1, DEPTH_MAX);
    const changePoints = Array.from({ length: depth - 1 }, () => random.below(this.messagesMax));
    changePoints.sort((one, other) => one - other);
    return { ...plan, network: { ...plan.network, delay: this.delay, changePoints } };
  }

  learn({ tally }: Run): void {
    this.messagesMax = Math.max(this.messagesMax, tally.delivered);
  }
}
