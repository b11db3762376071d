/**
 * Coverage-guided search: plans whose runs showed a pair of state and message that none had shown before are kept, and
 * varied. Some plans are new all the same: else what is kept would only ever resemble the first few.
 */
import { nodesOf, type Fault } from '../../faults/fault.js';
import { randomStream, type Random } from '../../kernel/random.js';
import { planGenerator } from '../../plan/arbitrary.js';
import { withinLimits } from '../../plan/fault-arbitraries.js';
import type { Plan, PlannedOperation } from '../../plan/plan.js';
import { isTolerated } from '../../plan/tolerated.js';
import type { Run } from '../../simulation/simulate.js';
import type { System } from '../../simulation/system.js';
import type { Search, SearchOptions } from '../strategy.js';

interface Kept {
  readonly plan: Plan;
  /** How often it has been varied. */
  varied: number;
}

/** At least so many of a million plans are new, and at least so many are variations. */
const LEAST_PER_MILLION = 100_000;
/** How much of what a way of making plans has shown still counts after each further run. */
const MEMORY = 0.98;
/** The most plans kept; beyond it those that were varied most often go. */
const KEPT_MAX = 1_000;
const VARIATIONS_MAX = 4;
/** Two things belong together if they begin within about so long of each other. */
const NEAR_MICROS = 4_000;

/** A variation of `plan`, for which `other` (kept, or new) may lend parts; undefined where there is nothing to vary. */
type Variation = (plan: Plan, other: Plan, random: Random, system: System) => Plan | undefined;

const without = <T>(items: readonly T[], random: Random, many = 1): readonly T[] =>
  items.toSpliced(random.below(items.length), many);

const replaced = <T>(items: readonly T[], random: Random, change: (item: T) => T): readonly T[] => {
  const place = random.below(items.length);
  return items.map((item, index) => (index === place ? change(item) : item));
};

/** A moment near that of some operation or fault of the plan, or near `at` itself. */
function nearby({ operations, faults, healAt }: Plan, at: number, random: Random): number {
  const anchor = random.chance(500_000) ? at : random.pick([...operations, ...faults]).at;
  const moved = anchor + random.between(-NEAR_MICROS, NEAR_MICROS);
  return Math.max(0, Math.min(healAt - 1, moved));
}

const VARIATIONS: Readonly<Record<string, Variation>> = {
  insertFault: (plan, { faults }, random) =>
    faults.length === 0 ? undefined : { ...plan, faults: [...plan.faults, random.pick(faults)] },
  removeFault: (plan, _, random) =>
    plan.faults.length === 0 ? undefined : { ...plan, faults: without(plan.faults, random) },
  shiftFault: (plan, _, random) =>
    plan.faults.length === 0
      ? undefined
      : { ...plan, faults: replaced(plan.faults, random, (one) => ({ ...one, at: nearby(plan, one.at, random) })) },
  retargetFault: (plan, _, random, { tolerates }) =>
    plan.faults.length === 0
      ? undefined
      : {
          ...plan,
          faults: replaced(plan.faults, random, (one) => retargeted(one, tolerates[one.kind]?.nodes ?? [], random)),
        },
  repeatFault: (plan, _, random) => {
    if (plan.faults.length === 0) return undefined;
    const fault = random.pick(plan.faults);
    return { ...plan, faults: [...plan.faults, { ...fault, at: nearby(plan, fault.at, random) }] };
  },
  insertOperation: (plan, { operations }, random) => {
    const one = random.pick(operations);
    return { ...plan, operations: [...plan.operations, { ...one, at: nearby(plan, one.at, random) }] };
  },
  removeOperations: (plan, _, random) =>
    plan.operations.length < 2
      ? undefined
      : { ...plan, operations: without(plan.operations, random, random.between(1, plan.operations.length - 1)) },
  shiftOperation: (plan, _, random) => ({
    ...plan,
    operations: replaced(plan.operations, random, (one) => ({ ...one, at: nearby(plan, one.at, random) })),
  }),
  spliceFaults: (plan, { faults }) =>
    faults.length === 0 ? undefined : { ...plan, faults: [...plan.faults, ...faults] },
  spliceAtMoment: (plan, other, random) => {
    const moment = random.below(plan.healAt);
    const both = <T extends { readonly at: number }>(before: readonly T[], after: readonly T[]): T[] => [
      ...before.filter(({ at }) => at < moment),
      ...after.filter(({ at }) => at >= moment),
    ];
    return { ...plan, operations: both(plan.operations, other.operations), faults: both(plan.faults, other.faults) };
  },
  otherNetwork: (plan, { network }) => ({ ...plan, network }),
};

/** The fault with one of the nodes that it names exchanged for another. */
function retargeted(fault: Fault, nodes: readonly string[], random: Random): Fault {
  const named = nodesOf(fault).filter((node) => nodes.includes(node));
  if (named.length === 0 || nodes.length < 2) return fault;
  const [from, to] = [random.pick(named), random.pick(nodes)];
  const exchange = (name: string): string => (name === from ? to : name === to ? from : name);
  const fields = Object.entries(fault).map(([field, value]: [string, unknown]): [string, unknown] => {
    if (field === 'kind') return [field, value];
    if (typeof value === 'string') return [field, exchange(value)];
    return [
      field,
      Array.isArray(value) ? value.map((item: unknown) => (typeof item === 'string' ? exchange(item) : item)) : value,
    ];
  });
  return Object.fromEntries(fields) as unknown as Fault;
}

export class CoverageGuided implements Search {
  private readonly system: System;
  private readonly generate: (seed: string) => Plan;
  private readonly faultsMax: number;
  private readonly kept: Kept[];
  private last: { readonly plan: Plan; readonly way: 'new' | 'varied' } | undefined;
  /** How often each way of making plans was tried of late, and how often it showed something for the first time. */
  private readonly yields = { new: { tried: 1, fresh: 1 }, varied: { tried: 1, fresh: 1 } };

  constructor(system: System, options: SearchOptions) {
    this.system = system;
    this.generate = planGenerator(system, { ...options, mix: 'swarm' });
    this.faultsMax = options.faultsMax ?? 5;
    this.kept = (options.corpus ?? []).slice(0, KEPT_MAX).map((plan) => ({ plan, varied: 0 }));
  }

  next(seed: string): Plan {
    const random = randomStream(seed, 'coverage');
    const isNew = this.kept.length === 0 || random.chance(this.newPerMillion);
    const plan = isNew ? this.generate(seed) : this.variationFor(seed, random);
    this.last = { plan, way: isNew ? 'new' : 'varied' };
    return plan;
  }

  learn(_: Run, fresh: number): void {
    if (this.last === undefined) return;
    const { plan, way } = this.last;
    const yielded = this.yields[way];
    yielded.tried = 1 + MEMORY * yielded.tried;
    yielded.fresh = Number(fresh > 0) + MEMORY * yielded.fresh;
    if (fresh === 0) return;
    this.kept.push({ plan, varied: 0 });
    if (this.kept.length <= KEPT_MAX) return;
    const most = Math.max(...this.kept.map(({ varied }) => varied));
    this.kept.splice(
      this.kept.findIndex(({ varied }) => varied === most),
      1,
    );
  }

  /** In proportion to what new plans have shown of late, and what variations have. */
  private get newPerMillion(): number {
    const rate = ({ tried, fresh }: { readonly tried: number; readonly fresh: number }) => fresh / tried;
    const [asNew, varied] = [rate(this.yields.new), rate(this.yields.varied)];
    const share = Math.round((1_000_000 * asNew) / (asNew + varied));
    return Math.max(LEAST_PER_MILLION, Math.min(1_000_000 - LEAST_PER_MILLION, share));
  }

  /** The plans kept, to be shown or saved. */
  get corpus(): readonly Plan[] {
    return this.kept.map(({ plan }) => plan);
  }

  private variationFor(seed: string, random: Random): Plan {
    const fresh = this.generate(seed);
    const chosen = this.choose(random);
    chosen.varied++;
    let plan: Plan = { ...chosen.plan, seed: random.chance(500_000) ? seed : chosen.plan.seed };
    const variations = Object.values(VARIATIONS);
    for (let left = random.between(1, VARIATIONS_MAX); left > 0;) {
      const other = random.chance(500_000) ? fresh : this.choose(random).plan;
      const varied = random.pick(variations)(plan, other, random, this.system);
      if (varied === undefined || varied.operations.length === 0) continue;
      plan = this.repaired(varied);
      left--;
    }
    return isTolerated(plan, this.system.tolerates) ? plan : fresh;
  }

  /** Of a few plans, the one that was varied least. */
  private choose(random: Random): Kept {
    const few = [0, 1, 2].map(() => random.pick(this.kept));
    return few.reduce((best, one) => (one.varied < best.varied ? one : best));
  }

  /** In order of time, numbered anew, and no more than there may be. */
  private repaired(plan: Plan): Plan {
    const { workload, tolerates } = this.system;
    const inOrder = <T extends { readonly at: number }>(items: readonly T[]): T[] =>
      items.toSorted((one, other) => one.at - other.at);
    const operations = inOrder(plan.operations)
      .slice(0, workload.operationsMax)
      .map((one, index): PlannedOperation => ({
        ...one,
        operation: workload.number?.(one.operation, index + 1) ?? one.operation,
      }));
    const faults = withinLimits(inOrder(plan.faults), tolerates).slice(0, this.faultsMax);
    return { ...plan, operations, faults };
  }
}
