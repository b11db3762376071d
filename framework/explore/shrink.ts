/**
 * From a failing plan to the smallest one found that still fails with the same signature. Delta debugging over
 * operations and faults, then over the fates of single messages, then smaller values and rounder times.
 */
import type { Plan, PlannedOperation } from '../plan/plan.js';
import { planSize } from '../plan/size.js';
import { isTolerated } from '../plan/tolerated.js';
import { judge, type Failure } from '../simulation/judge.js';
import { simulate, type Run } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import type { TraceEvent } from '../simulation/trace.js';
import type { Fate } from '../world/network.js';
import { ddmin } from './delta-debugging.js';
import { fatesWithout, invokedWhen } from './invocations.js';
import { simplerPlans } from './simpler-plans.js';

export interface ShrinkOptions {
  readonly mutant?: string | undefined;
  readonly properties?: readonly string[] | undefined;
  /** The most runs to spend. Default 1,000. */
  readonly runsMax?: number;
  readonly onProgress?: (progress: { readonly runs: number; readonly runsMax: number; readonly plan: Plan }) => void;
}

export interface Shrunk {
  readonly plan: Plan;
  readonly run: Run;
  readonly failure: Failure;
  readonly runs: number;
  readonly runsMax: number;
}

const withUniformDelay = (plan: Plan, delay: number): Plan => ({
  ...plan,
  network: {
    delay: { kind: 'uniform', minMicros: delay, maxMicros: delay },
    dropPerMillion: 0,
    duplicatePerMillion: 0,
  },
  fates: [],
});

/** The plan did not fail this time: the system, or a property, is not deterministic; or the signature is another's. */
export class NotReproducible extends Error {
  override readonly name = 'NotReproducible';

  constructor(seed: string, signature: string) {
    super(
      `the plan of seed ${seed} does not fail with '${signature}' when it is run again: ` +
        `run explore with --verify --from ${seed} --seeds 1 to see whether the system is deterministic`,
    );
  }
}

/** Shrinks `plan`, which must fail with `signature`. The result fails with it too; it is `plan` itself at worst. */
export function shrink(system: System, plan: Plan, signature: string, options: ShrinkOptions = {}): Shrunk {
  return new Shrinker(system, plan, signature, options).shrink();
}

const OTHER_SEEDS = 4;
export const DEFAULT_RUNS_MAX = 1_000;

class Shrinker {
  private best: Plan;
  private outcome: { readonly run: Run; readonly failure: Failure };
  private runs = 0;
  /** The trace of the best plan, made when it was first needed. */
  private traced: { readonly plan: Plan; readonly trace: readonly TraceEvent[] } | undefined;
  private readonly runsMax: number;
  private readonly cluster: ReturnType<System['cluster']>;
  private readonly system: System;
  private readonly tolerated: boolean;
  private readonly signature: string;
  private readonly options: ShrinkOptions;

  constructor(system: System, plan: Plan, signature: string, options: ShrinkOptions) {
    this.system = system;
    this.signature = signature;
    this.options = options;
    this.runsMax = options.runsMax ?? DEFAULT_RUNS_MAX;
    this.cluster = system.cluster(options.mutant);
    this.best = plan;
    this.tolerated = isTolerated(plan, system.tolerates);
    const outcome = this.execute(plan);
    if (outcome === undefined) throw new NotReproducible(plan.seed, signature);
    this.outcome = outcome;
  }

  shrink(): Shrunk {
    this.cutAfterFailure();
    this.pinOperations();
    this.tryCalmNetwork();
    this.removeOperationsAndFaults();
    this.decidePoints();
    this.decideFates();
    this.descend();
    for (let smallest = this.checkpoint; this.leaveOutUnderOtherFates(); smallest = this.checkpoint) {
      this.removeOperationsAndFaults();
      this.decideFates();
      this.descend();
      if (planSize(this.best) < planSize(smallest.best)) continue;
      ({ best: this.best, outcome: this.outcome } = smallest);
      break;
    }
    const { best, outcome, runs, runsMax } = this;
    return { plan: best, run: outcome.run, failure: outcome.failure, runs, runsMax };
  }

  /** Down to a plan from which no single step leads to a smaller or simpler one. */
  private descend(): void {
    this.removeFates();
    // Simpler times and values open the way for further removals, and the other way round.
    for (let before: Plan | undefined; before !== this.best && this.runs < this.runsMax;) {
      before = this.best;
      if (this.best.fates.length > 0) this.tryUniformDelays(this.otherSeeds);
      this.simplify();
      this.removeOperationsAndFaults();
      this.removeFates();
      if (before === this.best) this.removeHarder();
    }
  }

  private get checkpoint() {
    const { best, outcome } = this;
    return { best, outcome };
  }

  /**
   * What is left may be there only because of the fates that were decided with it. So a part is left out while every
   * message takes a random time again, under some seeds. True if that still fails.
   */
  private leaveOutUnderOtherFates(): boolean {
    const delay = { kind: 'uniform', ...this.system.tolerates.delay } as const;
    const free = { network: { delay, dropPerMillion: 0, duplicatePerMillion: 0 }, fates: [] };
    for (let size = Math.ceil(this.itemCount / 2); size >= 1; size = Math.floor(size / 2))
      for (let start = this.itemCount - size; start > -size; start -= size) {
        const chunk = Array.from({ length: size }, (_, offset) => start + offset);
        for (const seed of this.otherSeeds) if (this.fails({ ...this.without(chunk), ...free, seed })) return true;
      }
    return false;
  }

  /** Whether `plan` fails in the same way; if so it becomes the best one. */
  private fails(plan: Plan): boolean {
    if (this.runs >= this.runsMax) return false;
    // A system must not be shown failing under what it never promised to tolerate.
    if (this.tolerated && !isTolerated(plan, this.system.tolerates)) return false;
    const outcome = this.execute(plan);
    if (outcome === undefined) return false;
    this.best = plan;
    this.outcome = outcome;
    return true;
  }

  private execute(plan: Plan): { readonly run: Run; readonly failure: Failure } | undefined {
    const { system, cluster, options } = this;
    this.runs++;
    const run = simulate(system, plan, { mutant: options.mutant, cluster });
    const { failures } = judge(system, run, options.properties);
    const failure = failures.find(({ signature }) => signature === this.signature);
    options.onProgress?.({ runs: this.runs, runsMax: this.runsMax, plan: this.best });
    return failure === undefined ? undefined : { run, failure };
  }

  /** What begins after the failure cannot have caused it. */
  private cutAfterFailure(): void {
    const end = this.outcome.run.endedAtMicros;
    const { operations, faults } = this.best;
    const before = {
      operations: operations.filter(({ at }) => at <= end),
      faults: faults.filter(({ at }) => at <= end),
    };
    if (before.operations.length + before.faults.length < operations.length + faults.length)
      this.fails({ ...this.best, ...before });
  }

  /**
   * Plans each operation for the moment at which it was really invoked, which is later when its client was still busy.
   * Nothing changes by that; but now an operation can be left out without those behind it in its client moving up.
   */
  private pinOperations(): void {
    const operations = invokedWhen(this.outcome.run);
    if (operations.some(({ at }, index) => at !== this.best.operations[index]?.at))
      this.fails({ ...this.best, operations });
  }

  private tryCalmNetwork(): void {
    const { network, diskSync } = this.best;
    this.fails({
      ...this.best,
      diskSync: { kind: 'uniform', minMicros: diskSync.minMicros, maxMicros: diskSync.minMicros },
    });
    const { delay } = network;
    if (this.fails({ ...this.best, network: { delay, dropPerMillion: 0, duplicatePerMillion: 0 } })) return;
    if (network.duplicatePerMillion > 0) this.fails({ ...this.best, network: { ...network, duplicatePerMillion: 0 } });
    if (network.dropPerMillion > 0) this.fails({ ...this.best, network: { ...network, dropPerMillion: 0 } });
  }

  private removeOperationsAndFaults(): void {
    ddmin(this.best.faults, (faults) => this.fails({ ...this.best, faults }));
    ddmin(this.best.operations, (operations) => this.failsWith(operations));
    ddmin(this.best.faults, (faults) => this.fails({ ...this.best, faults }));
  }

  /** Writes every message's fate into the plan, so that the unimportant ones can return to the usual delay. */
  private decideFates(): void {
    const { best, system, cluster, options } = this;
    if (this.tryUniformDelays([best.seed])) return;
    // One run for the trace, one for the plan made from it.
    if (this.runs + 2 > this.runsMax) return;
    const usual = best.network.delay.minMicros;
    const { trace } = simulate(system, best, { mutant: options.mutant, cluster, trace: true });
    const fates: Fate[] = [];
    for (const event of trace ?? []) {
      if (event.kind !== 'send' || event.from === event.to) continue;
      const { from, to, nth, delaysMicros } = event;
      if (delaysMicros.length !== 1 || delaysMicros[0] !== usual) fates.push({ from, to, nth, delaysMicros });
    }
    this.runs++;
    this.fails({ ...withUniformDelay(best, usual), fates });
  }

  /** Which fault points fire, and when, instead of how often; and no more of them than it takes. */
  private decidePoints(): void {
    const { points = [] } = this.best;
    if (points.length === 0 || this.fails({ ...this.best, points: undefined })) return;
    if (this.fails({ ...this.best, points: this.outcome.run.firings })) this.removePoints();
  }

  private removePoints(): void {
    const { points = [] } = this.best;
    if (points.length > 0) ddmin(points, (some) => this.fails({ ...this.best, points: some }));
  }

  /** A network in which every message takes equally long, and no fate is decided: the easiest to understand. */
  private tryUniformDelays(seeds: readonly string[]): boolean {
    const { minMicros, maxMicros } = this.system.tolerates.delay;
    const parts = [0, 0.5, 1, 0.25, 0.75];
    for (const seed of seeds)
      for (const part of parts) {
        const delay = Math.round(minMicros + part * (maxMicros - minMicros));
        if (this.fails({ ...withUniformDelay(this.best, delay), seed })) return true;
      }
    return false;
  }

  /** The plan's seed and a few others, told apart by a suffix. */
  private get otherSeeds(): readonly string[] {
    const stem = this.best.seed.replace(/~\d+$/, '');
    return [stem, ...Array.from({ length: OTHER_SEEDS }, (_, index) => `${stem}~${index + 1}`)];
  }

  /**
   * What is left may be there only to bring a node's random numbers into position, or because of something else that is
   * left. So operations and faults are left out under a few other seeds, and then two at a time.
   */
  private removeHarder(): void {
    for (let size = Math.ceil(this.itemCount / 2); size >= 1; size = Math.floor(size / 2))
      for (let start = this.itemCount - size; start > -size; start -= size) {
        const chunk = Array.from({ length: size }, (_, offset) => start + offset);
        const { operations, faults } = this.without(chunk);
        for (const seed of this.otherSeeds) if (this.failsWith(operations, { faults, seed })) break;
      }
    for (let one = this.itemCount - 1; one > 0; one--)
      for (let other = one - 1; other >= 0; other--) {
        const rest = this.without([one, other]);
        if (this.failsWith(rest.operations, rest)) return;
      }
  }

  private get itemCount(): number {
    return this.best.operations.length + this.best.faults.length;
  }

  /** Whether the best plan fails with these of its operations and faults, and perhaps under another seed. */
  private failsWith(
    operations: readonly PlannedOperation[],
    { faults, seed }: Pick<Plan, 'faults' | 'seed'> = this.best,
  ): boolean {
    const rest = { ...this.best, operations, faults, seed };
    const fates = this.fatesFor(operations);
    return (fates !== undefined && this.fails({ ...rest, fates })) || this.fails(rest);
  }

  /** What the decided fates become without the other operations; undefined if they stay as they are. */
  private fatesFor(operations: readonly PlannedOperation[]): readonly Fate[] | undefined {
    const { best, system, cluster, options } = this;
    if (best.fates.length === 0 || operations.length === best.operations.length || this.runs >= this.runsMax)
      return undefined;
    if (this.traced?.plan !== best) {
      this.runs++;
      const { trace } = simulate(system, best, { mutant: options.mutant, cluster, trace: true });
      this.traced = { plan: best, trace: trace ?? [] };
    }
    const removed = new Set(best.operations.filter((one) => !operations.includes(one)));
    const fates = fatesWithout(best, removed, this.traced.trace);
    return fates.every(({ nth }, index) => nth === best.fates[index]?.nth) && fates.length === best.fates.length
      ? undefined
      : fates;
  }

  /** The best plan without some of its operations and faults, counted through both. */
  private without(items: readonly number[]): Plan {
    const { operations, faults } = this.best;
    return {
      ...this.best,
      operations: operations.filter((_, index) => !items.includes(index)),
      faults: faults.filter((_, index) => !items.includes(operations.length + index)),
    };
  }

  private removeFates(): void {
    ddmin(this.best.fates, (fates) => this.fails({ ...this.best, fates }));
    this.removePoints();
  }

  /** Takes the first simplification that still fails, as long as there is one and the budget lasts. */
  private simplify(): void {
    for (let progress = true; progress;) {
      progress = false;
      for (const simpler of simplerPlans) {
        // Each candidate starts from the best plan so far, which the previous one may have changed.
        for (let index = 0; ; index++) {
          const candidate = simpler(this.best, index);
          if (candidate === 'done') break;
          if (candidate !== 'same' && this.fails(candidate)) progress = true;
          if (this.runs >= this.runsMax) return;
        }
      }
    }
  }
}
