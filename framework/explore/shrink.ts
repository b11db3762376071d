/**
 * From a failing plan to the smallest one found that still fails with the same signature. First what is random is settled
 * (delays, fates, fault points), so that leaving something out does not reshuffle the rest; then delta debugging over
 * faults and operations, over fates and fault points, then smaller values, rounder times and an earlier end.
 */
import type { Fault } from '../faults/fault.js';
import { hashValue } from '../kernel/hash.js';
import type { Plan, PlannedOperation } from '../plan/plan.js';
import { clientNames } from '../plan/fault-arbitraries.js';
import { unknownNodes } from '../plan/schema.js';
import { planSize } from '../plan/size.js';
import { isTolerated } from '../plan/tolerated.js';
import { judge, type Failure } from '../simulation/judge.js';
import { simulate, type Run } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import type { TraceEvent } from '../simulation/trace.js';
import type { Fate } from '../world/network.js';
import { ddmin } from './delta-debugging.js';
import { FATES_OF_A_FAULT, faultsForFates } from './faults-for-fates.js';
import { fatesWithout, invokedWhen, operationBehindTheEnd } from './invocations.js';
import { simplerPlans, tidierPlans } from './simpler-plans.js';

/** What fails, and how much is spent on making it smaller. */
export interface ShrinkOptions {
  readonly mutant?: string | undefined;
  readonly properties?: readonly string[] | undefined;
  /** The most runs to spend. Default 1,000. */
  readonly runsMax?: number;
  /** Told now and then how many runs were spent, and the smallest plan so far. */
  readonly onProgress?: (progress: { readonly runs: number; readonly runsMax: number; readonly plan: Plan }) => void;
  /** Awaited now and then, so that others get their turn. Once it answers false, the smallest plan so far will do. */
  readonly breathe?: () => Promise<boolean>;
}

/** The smallest plan found that fails with the same signature. */
export interface Shrunk {
  readonly plan: Plan;
  readonly run: Run;
  readonly failure: Failure;
  readonly runs: number;
  readonly runsMax: number;
  /** The first plans met on the way that failed in other ways: findings of their own. */
  readonly others: readonly { readonly plan: Plan; readonly failure: Failure }[];
}

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

/**
 * Shrinks `plan`, which must fail with `signature`. The result fails with it too; it is `plan` itself at worst. Rejects with
 * `NotReproducible` if it does not fail.
 */
export async function shrink(
  system: System,
  plan: Plan,
  signature: string,
  options: ShrinkOptions = {},
): Promise<Shrunk> {
  return new Shrinker(system, plan, signature, options).shrink();
}

export const DEFAULT_RUNS_MAX = 1_000;
/** How many other draws are tried where what is left may be there only because of those drawn. */
const OTHER_SEEDS = 2;
/** In a plan no larger than this, nothing but single things is left out once more. */
const SMALL = 3;
/** Two things that need each other are left out together, as long as there are not more things than this. */
const PAIRS_OF_MAX = 8;

const withUniformDelay = (plan: Plan, delay: number): Plan => ({
  ...plan,
  network: {
    delay: { kind: 'uniform', minMicros: delay, maxMicros: delay },
    dropPerMillion: 0,
    duplicatePerMillion: 0,
  },
  fates: [],
});

const RUNS_TO_A_BREATH = 8;

/** A part of a plan that can be left out by itself. */
type Item = PlannedOperation | Fault;

class Shrinker {
  private best: Plan;
  private outcome: { readonly run: Run; readonly failure: Failure };
  private runs = 0;
  private stopped = false;
  /** Hashes of plans that were tried and did not fail in this way. Two of the same hash cost a candidate, no more. */
  private readonly passed = new Set<number>();
  private readonly others = new Map<string, { readonly plan: Plan; readonly failure: Failure }>();
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

  async shrink(): Promise<Shrunk> {
    await this.straighten();
    const start = this.checkpoint;
    await this.descendSettled();
    for (let smallest = this.checkpoint; await this.leaveOutUnderOtherDraws(); smallest = this.checkpoint) {
      await this.descendSettled();
      if (planSize(this.best) < planSize(smallest.best)) continue;
      this.goBackTo(smallest);
      break;
    }
    await this.takeTheOtherRoad(start);
    const { best, outcome, runs, runsMax } = this;
    return { plan: best, run: outcome.run, failure: outcome.failure, runs, runsMax, others: [...this.others.values()] };
  }

  private get checkpoint() {
    const { best, outcome } = this;
    return { best, outcome };
  }

  private goBackTo({ best, outcome }: Shrinker['checkpoint']): void {
    this.best = best;
    this.outcome = outcome;
  }

  /**
   * What cannot be left out once chance is settled may yet be left out while much is random: so this is tried first, once
   * more from the start, where what was found is not small.
   */
  private async takeTheOtherRoad(start: Shrinker['checkpoint']): Promise<void> {
    const smallest = this.checkpoint;
    if (planSize(smallest.best) <= SMALL || this.runs >= this.runsMax) return;
    this.goBackTo(start);
    if (await this.leaveOutWhileRandom()) await this.descendSettled();
    if (planSize(this.best) >= planSize(smallest.best)) this.goBackTo(smallest);
  }

  private async descendSettled(): Promise<void> {
    await this.settle();
    await this.descend();
  }

  /** Down to a plan from which nothing can be left out; made simpler as long as that lets more be left out. */
  private async descend(): Promise<void> {
    await this.removeParts();
    for (let size = Infinity; planSize(this.best) < size && this.runs < this.runsMax;) {
      size = planSize(this.best);
      await this.simplify();
      await this.removeParts();
      if (planSize(this.best) === size) await this.removePairs();
    }
  }

  private async removeParts(): Promise<void> {
    await this.removeItems();
    if (this.best.fates.length > 0) await this.tryUniformDelays();
    await this.removeFates();
    await this.putFaultsForFates();
    await this.removePoints();
  }

  // --- One run ---

  /** Whether `plan` fails in the same way; if so it becomes the best one. */
  private async fails(plan: Plan): Promise<boolean> {
    if (this.runs >= this.runsMax) return false;
    // A system must not be shown failing under what it never promised to tolerate.
    if (this.tolerated && !isTolerated(plan, this.system.tolerates)) return false;
    if (this.stopped) return false;
    if (this.runs % RUNS_TO_A_BREATH === 0 && (await this.options.breathe?.()) === false) {
      this.stopped = true;
      return false;
    }
    const key = hashValue(plan);
    if (key === hashValue(this.best) && JSON.stringify(plan) === JSON.stringify(this.best)) return true;
    if (this.passed.has(key)) return false;
    const outcome = this.execute(plan);
    if (outcome === undefined) {
      this.passed.add(key);
      return false;
    }
    this.best = plan;
    this.outcome = outcome;
    return true;
  }

  private execute(plan: Plan): { readonly run: Run; readonly failure: Failure } | undefined {
    const { system, cluster, options } = this;
    this.runs++;
    const run = simulate(system, plan, { mutant: options.mutant, cluster });
    const { failures } = judge(system, run, options.properties);
    options.onProgress?.({ runs: this.runs, runsMax: this.runsMax, plan: this.best });
    const failure = failures.find(({ signature }) => signature === this.signature);
    if (failure !== undefined) return { run, failure };
    for (const other of failures)
      if (!this.others.has(other.signature)) this.others.set(other.signature, { plan: run.plan, failure: other });
    return undefined;
  }

  // --- What is random ---

  /** Without what begins after the failure, in a calm network, and with each operation planned for when it was invoked. */
  private async straighten(): Promise<void> {
    const { best } = this;
    const { diskSync, network } = best;
    const calmed: Plan = {
      ...best,
      ...this.beforeFailure,
      diskSync: { kind: 'uniform', minMicros: diskSync.minMicros, maxMicros: diskSync.minMicros },
      network: { ...network, dropPerMillion: 0, duplicatePerMillion: 0 },
    };
    if (
      (await this.fails(withUniformDelay(calmed, this.system.tolerates.delay.minMicros))) ||
      (await this.fails(calmed))
    )
      return;
    await this.fails({ ...best, ...this.beforeFailure });
    await this.fails({ ...this.best, diskSync: calmed.diskSync });
    if (network.duplicatePerMillion > 0)
      await this.fails({ ...this.best, network: { ...network, duplicatePerMillion: 0 } });
    if (network.dropPerMillion > 0)
      await this.fails({ ...this.best, network: { ...this.best.network, dropPerMillion: 0 } });
  }

  /**
   * What began before the failure: the rest cannot have caused it. Each operation is planned for the moment at which it
   * was invoked, which is later than its own when its client was still busy. Nothing changes by that; but now an operation
   * can be left out without those behind it in its client moving up.
   */
  private get beforeFailure(): Pick<Plan, 'operations' | 'faults'> {
    const { run } = this.outcome;
    const end = run.endedAtMicros;
    return {
      operations: invokedWhen(run).filter(({ at }) => at <= end),
      faults: this.best.faults.filter(({ at }) => at <= end),
    };
  }

  /** Takes chance out of the plan: one delay for all messages if that will do, else each message's own; and fault points. */
  private async settle(): Promise<void> {
    if (!(await this.tryUniformDelays())) await this.decideFates();
    await this.decidePoints();
  }

  /** A network in which every message takes equally long, and no fate is decided: the easiest to understand. */
  private async tryUniformDelays(): Promise<boolean> {
    const { minMicros, maxMicros } = this.system.tolerates.delay;
    for (const part of [0, 0.5, 1])
      if (await this.fails(withUniformDelay(this.best, Math.round(minMicros + part * (maxMicros - minMicros)))))
        return true;
    return false;
  }

  /** Writes every message's fate into the plan, so that the unimportant ones can return to the usual delay. */
  private async decideFates(): Promise<void> {
    const { best } = this;
    // One run for the trace, one for the plan made from it.
    if (this.runs + 2 > this.runsMax) return;
    const usual = best.network.delay.minMicros;
    const fates: Fate[] = [];
    for (const event of this.trace) {
      if (event.kind !== 'send' || event.from === event.to) continue;
      const { from, to, nth, delaysMicros } = event;
      if (delaysMicros.length !== 1 || delaysMicros[0] !== usual) fates.push({ from, to, nth, delaysMicros });
    }
    await this.fails({ ...withUniformDelay(best, usual), fates });
  }

  /** Which fault points fire, and when, instead of how often. */
  private async decidePoints(): Promise<void> {
    const { points = [] } = this.best;
    if (points.length === 0 || (await this.fails({ ...this.best, points: undefined }))) return;
    await this.fails({ ...this.best, points: this.outcome.run.firings });
  }

  /** Of the best plan. */
  private get trace(): readonly TraceEvent[] {
    const { best, system, cluster, options } = this;
    if (this.traced?.plan !== best) {
      this.runs++;
      const { trace = [] } = simulate(system, best, { mutant: options.mutant, cluster, trace: true });
      this.traced = { plan: best, trace };
    }
    return this.traced.trace;
  }

  // --- What can be left out ---

  private async removeItems(): Promise<void> {
    if (this.best.faults.length > 1) await this.failsWith(this.best.operations, []);
    await this.keepWhatFailed();
    await ddmin(this.best.faults, (faults) => this.failsWith(this.best.operations, faults));
    await ddmin(this.best.operations, (operations) => this.failsWith(operations, this.best.faults));
    await ddmin(this.best.faults, (faults) => this.failsWith(this.best.operations, faults));
  }

  /** A guess that often saves most of the work: the operations that show the failure, and a few that came before. */
  private async keepWhatFailed(): Promise<void> {
    const { operations } = this.best;
    // One run for the trace, one at least for a guess.
    if (operations.length <= 2 || this.runs + 2 > this.runsMax) return;
    const shown = this.shownOperations;
    if (shown.size === 0) return;
    for (let before = 0; shown.size + before < operations.length - 1; before = 2 * before + 1) {
      const others = operations.filter((one) => !shown.has(one));
      const last = new Set(before === 0 ? [] : others.slice(-before));
      if (
        await this.failsWith(
          operations.filter((one) => shown.has(one) || last.has(one)),
          this.best.faults,
        )
      )
        return;
    }
  }

  /** The operations of the best plan that its failure names; else the one that led to the step in which it showed. */
  private get shownOperations(): ReadonlySet<PlannedOperation> {
    const { run, failure } = this.outcome;
    if (failure.operations.length === 0 && run.outcome.kind !== 'completed') {
      const behind = operationBehindTheEnd(this.best, this.trace);
      return new Set(behind === undefined ? [] : [behind]);
    }
    const named = failure.operations.map((index) => run.history[index]);
    return new Set(
      this.best.operations.filter(({ at, operation }) =>
        named.some(
          (entry) =>
            entry?.type === 'invoke' &&
            entry.time === at &&
            JSON.stringify(entry.operation) === JSON.stringify(operation),
        ),
      ),
    );
  }

  private get items(): readonly Item[] {
    return [...this.best.operations, ...this.best.faults];
  }

  private async failsWithout(left: readonly Item[], rest: Partial<Plan> = {}): Promise<boolean> {
    const { operations, faults } = this.best;
    const stays = (one: Item) => !left.includes(one);
    return this.failsWith(operations.filter(stays), faults.filter(stays), rest);
  }

  /** Whether the best plan fails with these of its operations and faults; its fates follow their messages. */
  private async failsWith(
    operations: readonly PlannedOperation[],
    faults: readonly Fault[],
    rest: Partial<Plan> = {},
  ): Promise<boolean> {
    const fates = rest.fates ?? this.fatesFor(operations);
    return this.fails({ ...this.best, operations, faults, fates, ...rest });
  }

  /** What the decided fates become without the other operations. */
  private fatesFor(operations: readonly PlannedOperation[]): readonly Fate[] {
    const { best } = this;
    if (best.fates.length === 0 || operations.length === best.operations.length || this.runs + 2 > this.runsMax)
      return best.fates;
    return fatesWithout(best, new Set(best.operations.filter((one) => !operations.includes(one))), this.trace);
  }

  private async removeFates(): Promise<void> {
    await ddmin(this.best.fates, (fates) => this.fails({ ...this.best, fates }));
  }

  /** One fault for many fates, as long as one does; the system has to tolerate it. */
  private async putFaultsForFates(): Promise<void> {
    if (!this.tolerated) return;
    const nodes = Object.keys(this.cluster.nodes);
    for (let before = Infinity; this.best.fates.length < before && this.runs < this.runsMax;) {
      before = this.best.fates.length;
      if (before < FATES_OF_A_FAULT) return;
      for (const candidate of faultsForFates(this.best, this.trace, nodes))
        if (await this.fails(candidate)) {
          await this.removeFates();
          break;
        }
    }
  }

  private async removePoints(): Promise<void> {
    const { points = [] } = this.best;
    if (points.length > 0) await ddmin(points, (some) => this.fails({ ...this.best, points: some }));
  }

  /** Leaves out two things that are needed only for each other. */
  private async removePairs(): Promise<void> {
    const { items } = this;
    if (items.length <= SMALL || items.length > PAIRS_OF_MAX) return;
    for (let one = items.length - 1; one > 0; one--)
      for (let other = one - 1; other >= 0; other--)
        if (await this.failsWithout([items[one] as Item, items[other] as Item])) return;
  }

  /**
   * What is left may be there only because of what was drawn with it: delays, or a node's random numbers. So a part is left
   * out while these are drawn otherwise. True if that still fails.
   */
  private async leaveOutUnderOtherDraws(): Promise<boolean> {
    const { items, otherDraws } = this;
    if (items.length < 2 || otherDraws.length === 0) return false;
    for (const size of new Set([Math.ceil(items.length / 2), 1]))
      for (let start = items.length - size; start > -size; start -= size) {
        const chunk = items.slice(Math.max(0, start), start + size);
        for (const draw of otherDraws) if (await this.failsWithout(chunk, draw)) return true;
      }
    return false;
  }

  /** Leaves out parts while delays and fates are drawn, from any of a few seeds. True if anything could be. */
  private async leaveOutWhileRandom(): Promise<boolean> {
    const { items } = this;
    const seeds = [this.best.seed, ...this.otherSeeds];
    await ddmin(items, async (some) => {
      const left = this.items.filter((one) => !some.includes(one));
      for (const seed of seeds) if (await this.failsWithout(left, { seed })) return true;
      return false;
    });
    return this.items.length < items.length;
  }

  private get otherSeeds(): readonly string[] {
    const stem = this.best.seed.replace(/~\d+$/, '');
    return Array.from({ length: OTHER_SEEDS }, (_, index) => `${stem}~${index + 1}`);
  }

  /** Other seeds, for plans that are not small with a random time for each message again. */
  private get otherDraws(): readonly Partial<Plan>[] {
    const { best } = this;
    const seeds = this.otherSeeds.map((seed) => ({ seed }));
    if (planSize(best) > SMALL) {
      const delay = { kind: 'uniform', ...this.system.tolerates.delay } as const;
      const network = { delay, dropPerMillion: 0, duplicatePerMillion: 0 };
      return seeds.map((seed) => ({ ...seed, network, fates: [] }));
    }
    const [other] = seeds;
    if (other === undefined || best.fates.length > 0 || this.runs >= this.runsMax) return [];
    // Where nothing is random any more, another seed gives the same run.
    this.runs++;
    const { system, cluster, options } = this;
    const { digest } = simulate(system, { ...best, ...other }, { mutant: options.mutant, cluster });
    return digest === this.outcome.run.digest ? [] : seeds;
  }

  // --- What can be simpler ---

  /** Tidier if that still fails, and simpler wherever it can be. */
  private async simplify(): Promise<void> {
    for (const tidier of tidierPlans(this.best)) if (await this.fails(tidier)) break;
    await this.healEarlier();
    await this.useFewerServers();
    for (const simpler of simplerPlans)
      // Each candidate starts from the best plan so far, which the previous one may have changed.
      for (let index = 0; this.runs < this.runsMax; index++) {
        const candidate = simpler(this.best, index);
        if (candidate === 'done') break;
        if (candidate !== 'same') await this.fails(candidate);
      }
  }

  /** Ends the run soon after the last operation of the plan was answered. */
  private async healEarlier(): Promise<void> {
    const { history, probesFrom } = this.outcome.run;
    const answered = history.slice(0, probesFrom).at(-1)?.time ?? 0;
    const begun = Math.max(0, ...this.items.map(({ at }) => at));
    const healAt = 1_000 * Math.ceil((Math.max(answered, begun) + 1) / 1_000);
    if (healAt < this.best.healAt) await this.fails({ ...this.best, healAt });
  }

  /** As few servers as will do, where the system leaves a choice and the plan names none that would be gone. */
  private async useFewerServers(): Promise<void> {
    const { system, options } = this;
    if (system.servers === undefined) return;
    const clients = clientNames(this.best.clients);
    for (let count = (this.best.servers ?? system.servers.usual) - 1; count >= system.servers.fewest; count--) {
      const servers = Object.keys(system.cluster(options.mutant, count).nodes);
      const isNamed = unknownNodes(this.best, { servers, clients }).length > 0;
      if (isNamed || !(await this.fails({ ...this.best, servers: count }))) return;
    }
  }
}
