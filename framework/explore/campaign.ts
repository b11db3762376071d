/**
 * A campaign: one system (or one of its mutants) run over many seeds. It adds up what the runs exercised, and keeps the
 * first failure of each signature. It runs one seed at a time, so that its caller may stop it whenever it likes.
 */
import type { CheckResult, Verdict } from '../checkers/verdict.js';
import { FAULT_KINDS, faultType } from '../faults/fault.js';
import { InvariantError } from '../kernel/invariant.js';
import type { Plan } from '../plan/plan.js';
import type { PlanOptions } from '../plan/arbitrary.js';
import type { Exercised } from '../simulation/exercised.js';
import { judge, type Failure, type Judgement } from '../simulation/judge.js';
import { simulate, type Run } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import { Coverage } from './coverage.js';
import { DEFAULT_STRATEGY, strategyNamed, type Search, type StrategyName } from './strategy.js';
import { emptyTally, type Tally } from '../world/world.js';

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
  count: number;
}

export interface SeedResult {
  readonly run: Run;
  readonly judgement: Judgement;
  /** Set when this seed showed a failure of a signature not seen before. */
  readonly found: RawFinding | undefined;
}

/** How often a property was judged, and what it was judged on. */
export interface PropertySummary {
  readonly runs: Readonly<Record<Verdict, number>>;
  /** What the property saw: sums over all runs, but the largest where the name ends in Max or Micros. */
  readonly seen: Readonly<Record<string, number>>;
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

export class Campaign {
  private readonly system: System;
  private readonly options: CampaignOptions;
  private readonly search: Search;
  private readonly coverage: Coverage;
  private readonly coverageEvery: number;
  private readonly cluster: ReturnType<System['cluster']>;
  private readonly findings = new Map<string, RawFinding>();
  private readonly runs: Record<Verdict, number> = { valid: 0, invalid: 0, unknown: 0 };
  private readonly unknownReasons = new Map<string, number>();
  private readonly properties = new Map<string, { runs: Record<Verdict, number>; seen: Record<string, number> }>();
  private exercised: Exercised = { operations: 0, concurrencyMax: 0, faults: 0, faultsOverlapped: 0 };
  private tally: Tally | undefined;
  private seeds = 0;
  /** Runs cut short by a limit. */
  private undecided = 0;
  private steps = 0;

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
  }

  runSeed(seed: string): SeedResult {
    const { system, options, cluster, coverage, coverageEvery } = this;
    const plan = this.search.next(seed);
    const observer = coverageEvery > 0 && this.seeds % coverageEvery === 0 ? coverage : undefined;
    coverage.fresh = 0;
    const run = simulate(system, plan, { mutant: options.mutant, cluster, observer });
    this.search.learn?.(run, coverage.fresh);
    const judgement = judge(system, run, options.properties);
    this.seeds++;
    this.steps += run.steps;
    this.runs[judgement.verdict]++;
    this.tally = add(this.tally, run.tally);
    const { operations, concurrencyMax, faults, faultsOverlapped } = judgement.exercised;
    this.exercised = {
      operations: this.exercised.operations + operations,
      concurrencyMax: Math.max(this.exercised.concurrencyMax, concurrencyMax),
      faults: this.exercised.faults + faults,
      faultsOverlapped: this.exercised.faultsOverlapped + faultsOverlapped,
    };
    for (const { property, result } of judgement.results) this.count(property, result);
    if (judgement.undecided) this.undecided++;
    const reason = judgement.reason;
    if (reason !== undefined) this.unknownReasons.set(reason, (this.unknownReasons.get(reason) ?? 0) + 1);
    return { run, judgement, found: this.keep(run, judgement.failure) };
  }

  get summary(): CampaignSummary {
    const { system, options, seeds, steps, runs, exercised } = this;
    const findings = [...this.findings.values()];
    const tally = this.tally ?? add(undefined, undefined);
    const reason = findings.length > 0 ? undefined : this.doubt(tally);
    const verdict = findings.length > 0 ? 'invalid' : reason === undefined ? 'valid' : 'unknown';
    const properties = Object.fromEntries(this.properties);
    return {
      system: system.name,
      mutant: options.mutant,
      seeds,
      steps,
      verdict,
      reason,
      runs,
      exercised,
      tally,
      properties,
      findings,
      coverage: this.coverage.size,
    };
  }

  private count(property: string, { verdict, seen }: CheckResult): void {
    const summary = this.properties.get(property) ?? { runs: { valid: 0, invalid: 0, unknown: 0 }, seen: {} };
    this.properties.set(property, summary);
    summary.runs[verdict]++;
    for (const [name, value] of Object.entries(seen)) {
      const before = summary.seen[name] ?? 0;
      summary.seen[name] = /(Max|Micros)$/.test(name) ? Math.max(before, value) : before + value;
    }
  }

  private keep({ plan, digest }: Run, failure: Failure | undefined): RawFinding | undefined {
    if (failure === undefined) return undefined;
    const known = this.findings.get(failure.signature);
    if (known !== undefined) {
      known.count++;
      return undefined;
    }
    const found: RawFinding = { seed: plan.seed, afterSeeds: this.seeds, plan, failure, digest, count: 1 };
    this.findings.set(failure.signature, found);
    return found;
  }

  /** Why a campaign without findings proves nothing, if it does not. */
  private doubt(tally: Tally): string | undefined {
    if (this.seeds === 0) return 'no seed was run';
    const unexercised = unexercisedFaults(this.system, tally);
    if (unexercised.length > 0) return `never exercised, though tolerated: ${unexercised.join(', ')}; run more seeds`;
    if (this.undecided > 0) {
      const limits = [...this.unknownReasons.keys()].filter((reason) => /^(steps|time|queue) limit/.test(reason));
      return `${this.undecided} of ${this.seeds} runs were cut short (${limits[0] ?? 'a limit'}), and might have failed`;
    }
    for (const [property, { runs }] of this.properties)
      if (runs.valid === 0) return `'${property}' was never established: it was unknown in all ${runs.unknown} runs`;
    if (this.runs.valid > this.runs.unknown) return undefined;
    const [most] = [...this.unknownReasons].sort(([, one], [, other]) => other - one);
    return `${this.runs.unknown} of ${this.seeds} runs proved nothing${most === undefined ? '' : `, mostly: ${most[0]}`}`;
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

/** The kinds of fault that `system` claims to tolerate but that never happened, according to `tally`. */
export function unexercisedFaults({ tolerates }: System, tally: Readonly<Tally>): string[] {
  const kinds: readonly (readonly [claimed: boolean, happened: number, name: string])[] = [
    ...FAULT_KINDS.map((kind) => [tolerates[kind] !== undefined, tally[faultType(kind).exercised], kind] as const),
    [tolerates.maybe !== undefined, tally.pointsFired, 'maybe'],
    [tolerates.dropPerMillionMax > 0, tally.dropped, 'drop'],
    [tolerates.duplicatePerMillionMax > 0, tally.duplicated, 'duplicate'],
  ];
  return kinds.filter(([claimed, happened]) => claimed && happened === 0).map(([, , name]) => name);
}

function add(sum: Tally | undefined, more: Readonly<Tally> | undefined): Tally {
  const total = { ...(sum ?? emptyTally()) };
  if (more !== undefined) for (const name of Object.keys(total) as (keyof Tally)[]) total[name] += more[name];
  return total;
}
