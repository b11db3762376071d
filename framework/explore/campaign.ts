/**
 * A campaign: one system (or one of its mutants) run over many seeds. It adds up what the runs exercised, and keeps the
 * first failures of each signature. It runs one seed at a time, so that its caller may stop it whenever it likes.
 */
import type { Verdict } from '../checkers/verdict.js';
import { InvariantError } from '../kernel/invariant.js';
import type { Plan } from '../plan/plan.js';
import type { PlanOptions } from '../plan/arbitrary.js';
import type { Exercised } from '../simulation/exercised.js';
import { judge, type Failure, type Judgement } from '../simulation/judge.js';
import { simulate, type Run } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import { Coverage } from './coverage.js';
import { DEFAULT_STRATEGY, strategyNamed, type Search, type StrategyName } from './strategy.js';
import { addRun, addTotals, claimedFaults, doubtOf, noTotals, type PropertySummary, type Totals } from './totals.js';
import type { Tally } from '../world/world.js';

/** What is run in a campaign, and how plans are chosen. */
export interface CampaignOptions extends PlanOptions {
  readonly mutant?: string | undefined;
  /** Judge by these properties only (by name). Default: all. */
  readonly properties?: readonly string[];
  /** How plans are chosen. Default: swarm. */
  readonly strategy?: StrategyName;
  /**
   * Coverage is measured in the first of each so many runs; 0: only if the strategy needs it. It costs about as much as a
   * run. Default: 0.
   */
  readonly coverageEvery?: number;
  /** What an earlier campaign kept, for strategies that keep plans. */
  readonly corpus?: readonly Plan[];
}

/** A failing seed as found: not yet shrunk. */
export interface RawFinding {
  readonly seed: string;
  /** How many seeds had been run when it was found, itself included. */
  readonly afterSeeds: number;
  readonly plan: Plan;
  readonly failure: Failure;
  readonly digest: string;
  /** How many seeds failed with this signature. */
  readonly count: number;
}

/** What one seed showed. */
export interface SeedResult {
  readonly run: Run;
  readonly judgement: Judgement;
  /** Set when this seed showed a failure of a signature not seen before. */
  readonly found: RawFinding | undefined;
}

/** What a campaign has established so far. */
export interface CampaignSummary {
  readonly system: string;
  readonly mutant: string | undefined;
  readonly seeds: number;
  readonly steps: number;
  readonly verdict: Verdict;
  /** Why the verdict is unknown, if it is. */
  readonly reason: string | undefined;
  readonly runs: Readonly<Record<Verdict, number>>;
  /** Sums over all runs, but the largest concurrency. */
  readonly exercised: Exercised;
  /** Sums over all runs. */
  readonly tally: Readonly<Tally>;
  /** By name, in the order in which the properties are judged. */
  readonly properties: Readonly<Record<string, PropertySummary>>;
  /** By signature, in the order found. */
  readonly findings: readonly RawFinding[];
  /** Pairs of state and message seen in the runs in which coverage was measured. */
  readonly coverage: number;
}

/** What a stretch of a campaign showed, as plain data. */
export interface Stretch {
  readonly totals: Totals;
  /** The first few failures of each signature, in the order found; `afterSeeds` counts from the start of the stretch. */
  readonly findings: readonly RawFinding[];
  /** By signature, how many seeds failed with it. */
  readonly failures: Readonly<Record<string, number>>;
  /** Pairs of state and message that were first seen in it. */
  readonly pairs: readonly number[];
}

/** So many failures of each signature are kept of a stretch: they may have different causes. */
const KEPT_OF_SIGNATURE = 3;

/** Runs a system seed by seed, and adds up what came of it. The caller decides how often. */
export class Campaign {
  private readonly system: System;
  private readonly options: CampaignOptions;
  private readonly search: Search;
  private readonly coverage: Coverage;
  private readonly coverageEvery: number;
  private readonly cluster: ReturnType<System['cluster']>;
  private readonly record: CampaignRecord;
  private totals = noTotals();
  private findings: RawFinding[] = [];
  private failures = new Map<string, number>();

  constructor(system: System, options: CampaignOptions = {}) {
    requireKnown(system, options.properties);
    this.system = system;
    this.options = options;
    this.cluster = system.cluster(options.mutant);
    const { cluster } = this;
    const { mutant, coverageEvery = 0 } = options;
    const strategy = strategyNamed(options.strategy ?? DEFAULT_STRATEGY);
    const tryOut = (plan: Plan): Run => simulate(system, plan, { mutant, cluster, trace: true });
    this.search = strategy.search(system, { ...options, tryOut });
    this.coverage = new Coverage(cluster);
    this.coverageEvery = strategy.observes === true ? 1 : coverageEvery;
    this.record = new CampaignRecord(system, mutant);
  }

  /** Runs and judges the next plan, which is that of `seed` unless the strategy learns from runs. */
  runSeed(seed: string): SeedResult {
    const { system, options, cluster, coverage, coverageEvery, totals } = this;
    const plan = this.search.next(seed);
    const observer = coverageEvery > 0 && totals.seeds % coverageEvery === 0 ? coverage : undefined;
    const before = coverage.size;
    const run = simulate(system, plan, { mutant: options.mutant, cluster, observer });
    this.search.learn?.(run, coverage.size - before);
    const judgement = judge(system, run, options.properties);
    addRun(totals, run, judgement);
    return { run, judgement, found: this.keep(run, judgement.failure) };
  }

  /** What was run since this was last asked. */
  takeStretch(): Stretch {
    const { totals, findings, failures, coverage } = this;
    const stretch = { totals, findings, failures: Object.fromEntries(failures), pairs: coverage.takeFresh() };
    this.record.add(stretch);
    this.totals = noTotals();
    this.findings = [];
    this.failures = new Map();
    return stretch;
  }

  get summary(): CampaignSummary {
    this.takeStretch();
    return this.record.summary;
  }

  /** The plans that showed something new, if the strategy keeps any. */
  get corpus(): readonly Plan[] {
    return this.search.corpus ?? [];
  }

  private keep({ plan, digest }: Run, failure: Failure | undefined): RawFinding | undefined {
    if (failure === undefined) return undefined;
    const { signature } = failure;
    const count = (this.failures.get(signature) ?? 0) + 1;
    this.failures.set(signature, count);
    if (count > KEPT_OF_SIGNATURE) return undefined;
    const found: RawFinding = { seed: plan.seed, afterSeeds: this.totals.seeds, plan, failure, digest, count: 1 };
    this.findings.push(found);
    if (count > 1 || this.record.knows(signature)) return undefined;
    return { ...found, afterSeeds: this.record.seeds + found.afterSeeds };
  }
}

/** The stretches of a campaign put together, whoever ran them. */
export class CampaignRecord {
  private readonly system: System;
  private readonly mutant: string | undefined;
  private readonly sums = noTotals();
  private readonly first = new Map<string, RawFinding>();
  private readonly pairs = new Set<number>();
  /** After each stretch: seeds run, and pairs seen. */
  private readonly growth: { readonly seeds: number; readonly pairs: number }[] = [];

  constructor(system: System, mutant: string | undefined) {
    this.system = system;
    this.mutant = mutant;
  }

  get totals(): Readonly<Totals> {
    return this.sums;
  }

  get seeds(): number {
    return this.sums.seeds;
  }

  knows(signature: string): boolean {
    return this.first.has(signature);
  }

  /** How many pairs of state and message each seed of the last half showed for the first time, on average. */
  get newsPerSeed(): number {
    const { seeds } = this;
    const half = this.growth.findLast((one) => 2 * one.seeds <= seeds);
    return half === undefined ? Infinity : (this.pairs.size - half.pairs) / (seeds - half.seeds);
  }

  /** Adds what came next. The result is its findings, counted from the start of the campaign. */
  add({ totals, findings, failures, pairs }: Stretch): readonly RawFinding[] {
    const before = this.seeds;
    addTotals(this.sums, totals);
    for (const pair of pairs) this.pairs.add(pair);
    this.growth.push({ seeds: this.seeds, pairs: this.pairs.size });
    const counted = findings.map((one) => ({ ...one, afterSeeds: before + one.afterSeeds }));
    for (const one of counted)
      if (!this.first.has(one.failure.signature)) this.first.set(one.failure.signature, { ...one, count: 0 });
    for (const [signature, count] of Object.entries(failures)) {
      const known = this.first.get(signature);
      if (known !== undefined) this.first.set(signature, { ...known, count: known.count + count });
    }
    return counted;
  }

  get summary(): CampaignSummary {
    const { system, mutant, totals } = this;
    const { seeds, steps, runs, exercised, tally, properties } = totals;
    const findings = [...this.first.values()];
    const reason = findings.length > 0 ? undefined : doubtOf(claimedFaults(system), totals);
    const verdict = findings.length > 0 ? 'invalid' : reason === undefined ? 'valid' : 'unknown';
    const established = { seeds, steps, verdict, reason, runs, exercised, tally, properties, findings } as const;
    return { system: system.name, mutant, ...established, coverage: this.pairs.size };
  }
}

/** A misspelt property would be judged by nobody, and so never fail. */
function requireKnown(system: System, asked: readonly string[] | undefined): void {
  const known = system.properties.map(({ name }) => name);
  for (const name of asked ?? [])
    if (!known.includes(name))
      throw new InvariantError(
        `system '${system.name}' has no property '${name}'; its properties: ${known.join('; ')}`,
      );
}
