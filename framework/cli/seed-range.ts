/** A campaign in parts: ranges of seeds, each run by one thread, and what each part showed. */
import { Campaign, type RawFinding, type Stretch } from '../explore/campaign.js';
import type { StrategyName } from '../explore/strategy.js';
import { verifyDeterminism } from '../explore/verify.js';
import { planGenerator } from '../plan/arbitrary.js';
import type { Plan } from '../plan/plan.js';
import { simulate } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';

/** What is explored, by name: functions cannot be sent to threads. */
export interface CampaignSettings {
  readonly system: string;
  readonly mutant: string | undefined;
  readonly strategy: StrategyName;
  readonly faultsMax: number | undefined;
  readonly coverageEvery: number;
  readonly verify: boolean;
  /** End a range with the first failure of this promise. */
  readonly stopAt: string | undefined;
  /** What an earlier campaign kept, for strategies that keep plans. */
  readonly corpus: readonly Plan[];
}

export interface SeedRange {
  readonly from: number;
  readonly count: number;
}

export interface RangeResult extends SeedRange {
  readonly stretch: Stretch;
  /** In words, the seeds that were not repeated by the same steps. */
  readonly divergences: readonly string[];
}

/** The ranges of a campaign, by number from 0; undefined beyond the last. */
export type Ranges = (index: number) => SeedRange | undefined;

/** Short ranges first, so that the first results come soon: four of each length, but any number of the last. */
const LENGTHS = [8, 16, 32, 64] as const;
const OF_EACH_LENGTH = 4;

/** Ranges that cover `seeds` seeds from `from` on. */
export function seedRanges(from: number, seeds: number): Ranges {
  return (index) => {
    let [start, count] = [0, 0];
    for (let left = index + 1, place = 0; left > 0; place++) {
      start += count;
      count = LENGTHS[Math.min(place, LENGTHS.length - 1)] ?? 0;
      const many = place < LENGTHS.length - 1 ? Math.min(OF_EACH_LENGTH, left) : left;
      start += (many - 1) * count;
      left -= many;
    }
    return start < seeds ? { from: from + start, count: Math.min(count, seeds - start) } : undefined;
  };
}

/** At most so many divergences are told of each range: each costs several runs. */
const DIVERGENCES_MAX = 3;

/** Runs ranges of one campaign, one after the other. */
export class RangeRunner {
  private readonly campaign: Campaign;
  private readonly settings: CampaignSettings;
  private readonly check: ((plan: Plan, digest: string) => string | undefined) | undefined;

  constructor(systems: readonly System[], settings: CampaignSettings) {
    const { mutant, strategy, faultsMax, coverageEvery, verify, corpus } = settings;
    const system = systems.find(({ name }) => name === settings.system);
    if (system === undefined) throw new Error(`there is no system '${settings.system}'`);
    this.settings = settings;
    this.campaign = new Campaign(system, {
      mutant,
      strategy,
      coverageEvery,
      corpus,
      ...(faultsMax !== undefined && { faultsMax }),
    });
    this.check = verify ? determinismCheck(system, systems, mutant) : undefined;
  }

  get corpus(): readonly Plan[] {
    return this.campaign.corpus;
  }

  /** `onFound` hears of each failure at once, so that it can be saved before anything else happens. */
  run({ from, count }: SeedRange, onFound: (found: RawFinding) => void): RangeResult {
    const { campaign, check, settings } = this;
    const divergences: string[] = [];
    for (let index = 0; index < count; index++) {
      const { run, judgement, found } = campaign.runSeed(String(from + index));
      if (found !== undefined) onFound(found);
      const divergence = divergences.length < DIVERGENCES_MAX ? check?.(run.plan, run.digest) : undefined;
      if (divergence !== undefined) divergences.push(divergence);
      if (judgement.failures.some(({ promise }) => promise === settings.stopAt)) break;
    }
    return { from, count, stretch: campaign.takeStretch(), divergences };
  }
}

/** A check of one run, with a run of another system between its repetitions. */
function determinismCheck(
  system: System,
  systems: readonly System[],
  mutant: string | undefined,
): (plan: Plan, digest: string) => string | undefined {
  const other = systems[(systems.indexOf(system) + 1) % systems.length] ?? system;
  const generateOther = planGenerator(other);
  return (plan, expected) => {
    const disturb = () => void simulate(other, generateOther(plan.seed));
    const divergence = verifyDeterminism(system, plan, { mutant, disturb, expected });
    if (divergence === undefined) return undefined;
    return `seed ${plan.seed}: ${divergence.between} differ.\n  ${divergence.explanation}`;
  };
}
