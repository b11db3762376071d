/** `faultline explore`: runs systems over many seeds, shrinks what fails, saves it, and ends with a table. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { CampaignRecord, type RawFinding } from '../explore/campaign.js';
import { FindingGroups, type FindingGroup, type GroupChange } from '../explore/finding-groups.js';
import { findingName, makeFinding, parseFinding } from '../explore/finding.js';
import { DEFAULT_RUNS_MAX, NotReproducible } from '../explore/shrink.js';
import { strategyNamed, type StrategyName } from '../explore/strategy.js';
import { parsePlan } from '../plan/schema.js';
import type { Plan } from '../plan/plan.js';
import { planSize } from '../plan/size.js';
import { describeFound } from '../report/describe.js';
import { failureReport } from '../report/failure-report.js';
import { simulate } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import { campaignHere, campaignThreads, type CampaignRunner } from './campaign-threads.js';
import type { CheckReport } from '../report/campaign-report.js';
import { makeReport, prepareCiFolder, writeCiFolder, type CiOptions } from './ci-report.js';
import { replayCommand } from './command-line.js';
import { EXIT, type Outcome } from './exit-codes.js';
import {
  isCaught,
  isCaughtIn,
  labelOf,
  printResults,
  type SavedGroup,
  type Target,
  type TargetResult,
} from './explore-tables.js';
import { exploreDocument } from './explore-document.js';
import { pageBeside, savePage } from './explorer-page.js';
import { readFileIfAny, requireWritable, writeFileAtomically } from './files.js';
import { watchForInterruption, type Interruption } from './interruption.js';
import { digestsOf, Ledger } from './ledger.js';
import { pictureOf, picturePath } from './picture.js';
import { startProgress } from './progress.js';
import { printJson } from './json-output.js';
import { seedRanges, type CampaignSettings, type RangeResult } from './seed-range.js';
import { notice, print, printColumns } from './terminal.js';
import { unknownName } from './unknown-name.js';
import { UsageError } from './usage-error.js';

export interface ExploreOptions {
  readonly systems: readonly System[];
  readonly systemsModule: string | undefined;
  readonly mutants: readonly string[];
  /** Also try the first mutant of each system, or try all of them instead; they are expected to fail. */
  readonly showcase: boolean;
  readonly allMutants: boolean;
  readonly seeds: number;
  readonly from: number;
  /** Seconds for each system and each mutant. */
  readonly timeSeconds: number | undefined;
  readonly untilCoverageStable: boolean;
  /** Stop a system after so many findings that differ. */
  readonly findingsMax: number | undefined;
  readonly faultsMax: number | undefined;
  readonly verify: boolean;
  readonly findingsFolder: string;
  /** Where findings are put as well, to be run again from now on; undefined: nowhere. */
  readonly regressionsFolder: string | undefined;
  readonly strategy: StrategyName;
  /** Threads. Default: one for each core. */
  readonly workers: number | undefined;
  /** Go on from the ledgers of earlier campaigns. */
  readonly resume: boolean;
  /** Tell what each system went through, however many there are. */
  readonly details: boolean;
  /** Print one JSON document, and nothing else. */
  readonly json: boolean;
  /** What CI keeps of it, if anything; `from` and `seeds` above are then those of its shard. */
  readonly ci: CiOptions | undefined;
  /** What was looked at before any new seed. */
  readonly checks?: readonly CheckReport[];
}

/** Ends the name of a failure that has not been shrunk yet. */
const AS_FOUND = '--as-found';
/** Coverage is shown on the live line, so it is measured in one of so many runs. */
const COVERAGE_EVERY = 16;
/** Coverage is stable if each seed of the last half adds no more than this, of so many seeds at least. */
const STABLE_NEWS_PER_SEED = 0.1;
const STABLE_SEEDS_MIN = 1_000;
/** Of so many divergences it is told what differed. */
const DIFFERENCES_MAX = 3;

export async function explore(options: ExploreOptions): Promise<Outcome> {
  const targets = targetsOf(options);
  const { ci, findingsFolder, regressionsFolder } = options;
  const needed = [findingsFolder, ...(regressionsFolder === undefined ? [] : [regressionsFolder])];
  if (ci === undefined) requireWritable(needed);
  else prepareCiFolder(ci.folder, needed, needed);
  const interruption = watchForInterruption();
  const threads = options.workers ?? availableParallelism();
  const runner =
    threads === 1 || options.seeds <= SEEDS_FOR_ONE_THREAD
      ? campaignHere(options.systems, interruption)
      : campaignThreads(threads, options.systemsModule, interruption);
  const results: TargetResult[] = [];
  try {
    for (const target of targets) {
      if (interruption.requested) break;
      results.push(await exploreTarget(target, options, { runner, interruption }));
    }
  } finally {
    await runner.close();
    interruption.dispose();
  }
  const complete = results.length === targets.length && !interruption.requested;
  const code = exitCode(results, complete);
  if (options.json) printJson(exploreDocument(results, { exitCode: code, complete }));
  else printResults(results, options);
  if (options.ci !== undefined) {
    const report = makeReport(results, { complete, checks: options.checks ?? [] }, options.ci);
    writeCiFolder(report, {
      folder: options.ci.folder,
      annotate: !options.json,
      tell: options.json ? notice : print,
    });
  }
  return code;
}

/** Starting threads takes longer than so many runs of the bundled models. */
const SEEDS_FOR_ONE_THREAD = 200;

function targetsOf({ systems, mutants, showcase, allMutants }: ExploreOptions): Target[] {
  if (allMutants) {
    const all = systems.flatMap((one) =>
      Object.keys(one.mutants).map((mutant) => ({ system: one, mutant, expected: true, fullReport: false })),
    );
    if (all.length === 0)
      throw new UsageError(`no mutant to try: ${systems.map(({ name }) => name).join(', ')} have none`);
    return all;
  }
  if (mutants.length > 0)
    return [...new Set(mutants)].map((mutant) => {
      const owner = systems.find((one) => one.mutants[mutant] !== undefined);
      if (owner === undefined) {
        const known = systems.flatMap((one) => Object.keys(one.mutants));
        throw new UsageError(unknownName('mutant', mutant, known, 'faultline list'));
      }
      return { system: owner, mutant, expected: false, fullReport: true };
    });
  const correct = systems.map((one) => ({ system: one, mutant: undefined, expected: false, fullReport: true }));
  if (!showcase) return correct;
  // The first is shown in full, as a failure is; the others in a line or two.
  const few = systems.flatMap((one) =>
    Object.keys(one.mutants)
      .slice(0, 1)
      .map((mutant) => ({ system: one, mutant, expected: true, fullReport: one === systems[0] })),
  );
  return [...correct, ...few];
}

async function exploreTarget(
  target: Target,
  options: ExploreOptions,
  { runner, interruption }: { readonly runner: CampaignRunner; readonly interruption: Interruption },
): Promise<TargetResult> {
  const { system, mutant, expected } = target;
  const work = new TargetWork(target, options, interruption);
  const settings: CampaignSettings = {
    system: system.name,
    mutant,
    strategy: options.strategy,
    faultsMax: options.faultsMax,
    coverageEvery: options.untilCoverageStable ? 1 : COVERAGE_EVERY,
    verify: options.verify,
    stopAt: expected ? caughtBy(target) : undefined,
    corpus: work.corpus,
  };
  await runner.run(settings, seedRanges(options.from, options.seeds), work);
  if (!expected && strategyNamed(options.strategy).observes === true) work.keepCorpus(await runner.corpus());
  return work.conclude(interruption.requested);
}

const caughtBy = ({ system, mutant }: Target): string | undefined =>
  mutant === undefined ? undefined : system.mutants[mutant]?.caughtBy;

/** One target's campaign as it comes in: saved, shrunk, reported. */
class TargetWork {
  private readonly target: Target;
  private readonly options: ExploreOptions;
  private readonly label: string;
  private readonly record: CampaignRecord;
  private readonly groups: FindingGroups;
  private readonly saved = new Map<FindingGroup, SavedGroup>();
  /** The signatures of which a failure has been saved as it was found. */
  private readonly savedAsFound = new Set<string>();
  private readonly ledger: Ledger | undefined;
  private readonly progress: ReturnType<typeof startProgress>;
  private readonly began = Date.now();
  private divergences = 0;
  /** Of the first few divergences, what differed. */
  private readonly differences: string[] = [];

  constructor(target: Target, options: ExploreOptions, interruption: Interruption) {
    const { system, mutant, expected } = target;
    this.target = target;
    this.options = options;
    this.label = labelOf(target);
    this.record = new CampaignRecord(system, mutant);
    this.progress = startProgress(this.label, Number.isFinite(options.seeds) ? options.seeds : undefined);
    this.groups = new FindingGroups(system, {
      mutant,
      onProgress: ({ runs, plan }) => {
        this.progress.note(`shrinking: run ${runs} of at most ${DEFAULT_RUNS_MAX}, size ${planSize(plan)}`);
      },
      breathe: async () => {
        await interruption.breathe();
        return !interruption.requested;
      },
    });
    this.ledger = expected ? undefined : this.openLedger();
  }

  // --- What the campaign tells ---

  /** Saved as found first: nothing that comes later must lose it. */
  found(found: RawFinding): void {
    const { system, mutant, expected } = this.target;
    const { signature } = found.failure;
    if (expected || this.savedAsFound.has(signature)) return;
    const run = simulate(system, found.plan, { mutant, trail: true });
    const finding = makeFinding({ run, failure: found.failure, seed: found.seed });
    this.savedAsFound.add(signature);
    writeFileAtomically(this.pathOf(`${findingName(finding)}${AS_FOUND}`), textOf(finding));
  }

  known(range: { readonly from: number; readonly count: number }): RangeResult | undefined {
    return this.ledger?.known(range);
  }

  async finished(result: RangeResult): Promise<boolean> {
    const { record, options, target } = this;
    const findings = record.add(result.stretch);
    for (const text of result.divergences) this.diverged(text);
    for (const found of findings) await this.shrinkAndReport(found);
    this.ledger?.add(result);
    this.showProgress();
    if (target.expected && findings.some((found) => isCaught(target, found))) return true;
    if (this.groups.all.length >= (options.findingsMax ?? Infinity)) return true;
    if (options.timeSeconds !== undefined && Date.now() >= this.began + options.timeSeconds * 1_000) return true;
    const isStable = record.seeds >= STABLE_SEEDS_MIN && record.newsPerSeed <= STABLE_NEWS_PER_SEED;
    return options.untilCoverageStable && isStable;
  }

  conclude(interrupted: boolean): TargetResult {
    this.progress.stop();
    this.forgetAsFound();
    const { target, record, divergences, differences } = this;
    const groups = this.groups.all.flatMap((group) => this.saved.get(group) ?? []);
    // What a mutant shows by the way is none that was asked for.
    const kept = !target.expected || this.options.allMutants ? this.keepAsRegressions(groups) : [];
    const { summary, totals } = record;
    return { target, summary, totals, groups, kept, divergences, differences, interrupted };
  }

  private diverged(text: string): void {
    this.divergences++;
    if (this.differences.length >= DIFFERENCES_MAX) return;
    this.differences.push(text);
    this.print(`✗ ${this.label}: not deterministic\n\n  ${text}\n\n`);
  }

  // --- Findings ---

  private async shrinkAndReport(found: RawFinding): Promise<void> {
    if (!this.groups.wants(found)) return;
    // One is enough where a failure is expected.
    if (this.target.expected && this.groups.all.length > 0) return;
    try {
      for (const change of await this.groups.add(found)) this.save(change);
    } catch (error) {
      if (!(error instanceof NotReproducible)) throw error;
      this.diverged(error.message);
    }
  }

  /** Writes the group's smallest plan to the group's file, and reports it if it is new. */
  private save({ group, replaces }: GroupChange): void {
    const { finding, run, shrunk } = group.essence;
    const [known, ...merged] = replaces.flatMap((one) => this.saved.get(one) ?? []);
    for (const one of replaces) this.saved.delete(one);
    for (const { path } of merged)
      for (const file of [path, picturePath(path), pageBeside(path)]) rmSync(file, { force: true });
    const path = known?.path ?? this.pathOf(findingName(finding));
    writeFileAtomically(path, textOf(finding));
    writeFileAtomically(picturePath(path), pictureOf(finding, run, shrunk.failure));
    const command = replayCommand(path, this.options.systemsModule);
    const page = savePage(this.target.system, finding, { target: pageBeside(path), replayCommand: command });
    this.saved.set(group, { group, path, command });
    if (known === undefined) this.report(group, { path, command, page });
  }

  private report(
    { found, essence }: FindingGroup,
    { path, command, page }: Pick<SavedGroup, 'path' | 'command'> & { readonly page: string },
  ): void {
    const { shrunk, run, finding } = essence;
    const size = planSize(shrunk.plan);
    const text = this.target.fullReport
      ? failureReport({
          ...finding,
          run,
          failure: shrunk.failure,
          shrunkFrom: { plan: found.plan, size, runs: shrunk.runs, runsMax: shrunk.runsMax },
          savedAs: relative('.', path),
          replayCommand: command,
          columns: printColumns(),
        })
      : `✗ ${this.label}: ${shrunk.failure.promise}: found in ${describeFound(found)}, size ${size}\n  replay     ${command}`;
    // Said first: whoever reads may go away before the end (`| head`), and that is what the process then says.
    if (!this.target.expected) process.exitCode = EXIT.findings;
    this.print(`${text}\n${page}\n\n`);
  }

  /** Returns the files that were written, if it was asked for. */
  private keepAsRegressions(groups: readonly SavedGroup[]): string[] {
    const { regressionsFolder } = this.options;
    if (regressionsFolder === undefined) return [];
    return groups.map(({ group, path }) => {
      const file = join(regressionsFolder, basename(path));
      writeFileAtomically(file, textOf(group.essence.finding));
      return file;
    });
  }

  /** Removes what was saved as found, now or before an interruption, and has been shrunk since. */
  private forgetAsFound(): void {
    const { findingsFolder } = this.options;
    const { system, mutant } = this.target;
    const shrunk = new Set(this.groups.all.map(({ signature }) => signature));
    for (const name of readdirSync(findingsFolder)) {
      if (!name.startsWith(`${system.name}--`) || !name.endsWith(`${AS_FOUND}.json`)) continue;
      const path = join(findingsFolder, name);
      const parsed = parseFinding(readFileSync(path, 'utf8'));
      if (parsed.kind !== 'ok' || (parsed.value.mutant ?? undefined) !== mutant) continue;
      if (shrunk.has(parsed.value.signature)) rmSync(path);
    }
  }

  private pathOf(name: string): string {
    return resolve(this.options.findingsFolder, `${name}.json`);
  }

  // --- What outlives the campaign ---

  private get name(): string {
    const { system, mutant } = this.target;
    const { strategy, from } = this.options;
    return [system.name, ...(mutant === undefined ? [] : [mutant.toLowerCase()]), strategy, from].join('--');
  }

  private openLedger(): Ledger {
    const { system, mutant } = this.target;
    const { strategy, faultsMax, verify, resume, findingsFolder } = this.options;
    const path = join(findingsFolder, 'campaigns', `${this.name}.jsonl`);
    const header = {
      faultline: 'campaign',
      version: 1,
      system: system.name,
      mutant: mutant ?? null,
      strategy,
      faultsMax: faultsMax ?? null,
      verify,
      digests: digestsOf(system, mutant),
    } as const;
    return resume ? Ledger.resume(path, header) : Ledger.begin(path, header);
  }

  private get corpusPath(): string {
    return join(this.options.findingsFolder, 'corpus', `${this.name}.json`);
  }

  /** What a resumed campaign begins with. */
  get corpus(): readonly Plan[] {
    const text = this.options.resume ? readFileIfAny(this.corpusPath) : undefined;
    if (text === undefined) return [];
    let plans: unknown;
    try {
      plans = JSON.parse(text);
    } catch {
      throw new UsageError(`${this.corpusPath} cannot be resumed: it is not JSON; leave out --resume to begin anew`);
    }
    return (Array.isArray(plans) ? plans : []).flatMap((one: unknown) => {
      const parsed = parsePlan(one);
      return parsed.kind === 'ok' ? [parsed.value] : [];
    });
  }

  keepCorpus(plans: readonly Plan[]): void {
    if (plans.length > 0) writeFileAtomically(this.corpusPath, `${JSON.stringify(plans)}\n`);
  }

  private print(text: string): void {
    if (!this.options.json) this.progress.print(text);
  }

  private showProgress(): void {
    const { seeds, steps, coverage } = this.record.summary;
    const seconds = Math.max(0.001, (Date.now() - this.began) / 1_000);
    const rates = `${Math.round(seeds / seconds)} seeds/s, ${(steps / 1e6 / seconds).toFixed(2)} M steps/s`;
    const { length } = this.groups.all;
    this.progress.update(seeds, `${rates}, coverage ${coverage}, ${length} ${length === 1 ? 'finding' : 'findings'}`);
  }
}

const textOf = (finding: object): string => `${JSON.stringify(finding, null, 2)}\n`;

function exitCode(results: readonly TargetResult[], complete: boolean): Outcome {
  const broken = results.some(
    ({ target, summary, divergences }) => divergences > 0 || (!target.expected && summary.verdict === 'invalid'),
  );
  if (broken) return EXIT.findings;
  const doubtful = results.some(({ target, summary }) =>
    target.expected ? !isCaughtIn(target, summary) : summary.verdict === 'unknown',
  );
  return doubtful || !complete ? EXIT.inconclusive : EXIT.clean;
}
