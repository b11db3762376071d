/** `faultline explore`: runs systems over many seeds, shrinks what fails, saves it, and ends with a table. */
import { resolve } from 'node:path';
import pc from 'picocolors';
import { Campaign, type CampaignSummary, type RawFinding } from '../explore/campaign.js';
import { findingName, makeFinding } from '../explore/finding.js';
import { essenceOf } from '../explore/essence.js';
import { DEFAULT_RUNS_MAX, NotReproducible } from '../explore/shrink.js';
import type { StrategyName } from '../explore/strategy.js';
import { verifyDeterminism } from '../explore/verify.js';
import { planGenerator } from '../plan/arbitrary.js';
import type { Plan } from '../plan/plan.js';
import { planSize } from '../plan/size.js';
import { cut, describeFound, wrap } from '../report/describe.js';
import { failureReport } from '../report/failure-report.js';
import { simulate } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import { replayCommand } from './command-line.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { requireWritable, writeFileAtomically } from './files.js';
import { watchForInterruption, type Interruption } from './interruption.js';
import { startProgress } from './progress.js';
import { table, type Cell } from './table.js';
import { UsageError } from './usage-error.js';

export interface ExploreOptions {
  readonly systems: readonly System[];
  readonly systemsModule: string | undefined;
  readonly mutants: readonly string[];
  /** Also try a few mutants of each system, or try all of them instead; they are expected to fail. */
  readonly showcase: boolean;
  readonly allMutants: boolean;
  readonly seeds: number;
  readonly from: number;
  /** Seconds for each system and each mutant. */
  readonly timeSeconds: number | undefined;
  readonly verify: boolean;
  readonly findingsFolder: string;
  readonly strategy: StrategyName;
}

/** One line of the work to be done: a system or one of its mutants. */
interface Target {
  readonly system: System;
  readonly mutant: string | undefined;
  /** A mutant that is here to be caught: catching it is no finding. */
  readonly expected: boolean;
  readonly fullReport: boolean;
}

interface TargetResult {
  readonly target: Target;
  readonly summary: CampaignSummary;
  /** The size of the first finding's smallest plan. */
  readonly shrunkSize: number | undefined;
  readonly divergences: number;
  readonly interrupted: boolean;
}

const SHOWCASE_MUTANTS = 2;

export async function explore(options: ExploreOptions): Promise<ExitCode> {
  const targets = targetsOf(options);
  requireWritable(options.findingsFolder);
  const interruption = watchForInterruption();
  const results: TargetResult[] = [];
  try {
    for (const target of targets) {
      if (interruption.requested) break;
      results.push(await exploreTarget(target, options, interruption));
    }
  } finally {
    interruption.dispose();
  }
  printTable(results);
  if (options.verify) printDeterminism(results);
  const complete = results.length === targets.length && !interruption.requested;
  return exitCode(results, complete);
}

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
    return mutants.map((mutant) => {
      const owner = systems.find((one) => one.mutants[mutant] !== undefined);
      if (owner === undefined) {
        const known = systems.flatMap((one) => Object.keys(one.mutants).map((id) => `${id} (${one.name})`));
        throw new UsageError(`unknown mutant '${mutant}'; known: ${known.join(', ') || 'none'}`);
      }
      return { system: owner, mutant, expected: false, fullReport: true };
    });
  const correct = systems.map((one) => ({ system: one, mutant: undefined, expected: false, fullReport: true }));
  if (!showcase) return correct;
  const few = systems.flatMap((one) =>
    Object.keys(one.mutants)
      .slice(0, SHOWCASE_MUTANTS)
      .map((mutant, index) => ({ system: one, mutant, expected: true, fullReport: index === 0 })),
  );
  return [...correct, ...few];
}

async function exploreTarget(
  target: Target,
  options: ExploreOptions,
  interruption: Interruption,
): Promise<TargetResult> {
  const { system, mutant } = target;
  const campaign = new Campaign(system, { mutant, strategy: options.strategy });
  const label = mutant === undefined ? system.name : `${system.name} · ${mutant}`;
  const progress = startProgress(label, options.seeds);
  const deadline = options.timeSeconds === undefined ? Infinity : Date.now() + options.timeSeconds * 1_000;
  const check = options.verify ? determinismCheck(target, options) : undefined;
  let divergences = 0;
  let shrunkSize: number | undefined;
  for (let index = 0; index < options.seeds; index++) {
    if (index % 8 === 0) await interruption.breathe();
    if (interruption.requested || Date.now() > deadline) break;
    const seed = String(options.from + index);
    const { found, run } = campaign.runSeed(seed);
    const divergence = divergences < 3 ? check?.(run.plan, run.digest) : undefined;
    if (divergence !== undefined) {
      divergences++;
      process.stdout.write(`${pc.red('✗')} ${label}: not deterministic\n\n  ${divergence}\n\n`);
    }
    if (found !== undefined) {
      const size = report(target, found, options);
      if (size === undefined) divergences++;
      shrunkSize ??= size;
      // One is enough where a failure is expected.
      if (isCaught(target, found)) break;
    }
    const { seeds, steps, findings } = campaign.summary;
    progress.update(index + 1, `${(steps / 1e6).toFixed(1)} M steps, ${findings.length} findings in ${seeds} seeds`);
  }
  progress.stop();
  return { target, summary: campaign.summary, shrunkSize, divergences, interrupted: interruption.requested };
}

/** Whether a mutant that was to be caught has been, by the promise that it names. */
const isCaught = ({ system, mutant, expected }: Target, { failure }: RawFinding): boolean =>
  expected && mutant !== undefined && failure.promise === system.mutants[mutant]?.caughtBy;

/** Shrinks a finding, saves it and prints it; the size of its smallest plan, or undefined if it cannot be repeated. */
function report(target: Target, found: RawFinding, options: ExploreOptions): number | undefined {
  try {
    return shrinkAndSave(target, found, options);
  } catch (error) {
    if (!(error instanceof NotReproducible)) throw error;
    process.stdout.write(`${pc.red('✗')} ${target.system.name}: not deterministic: ${error.message}\n\n`);
    return undefined;
  }
}

function shrinkAndSave({ system, mutant, fullReport }: Target, found: RawFinding, options: ExploreOptions): number {
  // Saved as found first: an interruption while shrinking must not lose it.
  const { seed, plan, failure } = found;
  const asFound = makeFinding({ run: simulate(system, plan, { mutant, trail: true }), failure, seed });
  const path = resolve(options.findingsFolder, `${findingName(asFound)}.json`);
  writeFileAtomically(path, `${JSON.stringify(asFound, null, 2)}\n`);
  const progress = startProgress(`shrinking seed ${seed}`, DEFAULT_RUNS_MAX);
  const { shrunk, run, finding } = essenceOf(system, found, {
    mutant,
    onProgress: ({ runs, plan: best }) => {
      progress.update(runs, `size ${planSize(best)}`);
    },
  });
  progress.stop();
  writeFileAtomically(path, `${JSON.stringify(finding, null, 2)}\n`);
  const command = replayCommand(path, options.systemsModule);
  const size = planSize(shrunk.plan);
  const name = mutant === undefined ? system.name : `${system.name} · ${mutant}`;
  const text = fullReport
    ? failureReport({
        ...finding,
        run,
        failure: shrunk.failure,
        shrunkFrom: { plan, size, runs: shrunk.runs, runsMax: shrunk.runsMax },
        savedAs: path,
        replayCommand: command,
      })
    : `✗ ${name}: ${failure.promise}: found in ${describeFound(found)}, size ${size}\n  replay     ${command}`;
  process.stdout.write(`${text.replace('✗', pc.red('✗'))}\n\n`);
  return size;
}

/** A check of one run, with a run of another system between its repetitions. */
function determinismCheck(
  { system, mutant }: Target,
  { systems }: ExploreOptions,
): (plan: Plan, digest: string) => string | undefined {
  const position = systems.indexOf(system);
  const other = systems[(position + 1) % systems.length];
  const generateOther = other === undefined ? undefined : planGenerator(other);
  return (plan, expected) => {
    const disturb = () => {
      if (other !== undefined && generateOther !== undefined) simulate(other, generateOther(plan.seed));
    };
    const divergence = verifyDeterminism(system, plan, { mutant, disturb, expected });
    if (divergence === undefined) return undefined;
    return `seed ${plan.seed}: ${divergence.between} differ.\n  ${divergence.explanation}`;
  };
}

/** So that the table fits into 120 columns. */
const PROMISE_COLUMNS_MAX = 28;

function printTable(results: readonly TargetResult[]): void {
  for (const { target, summary } of results) if (target.mutant === undefined) printExercised(summary);
  const rows = results.map((result): Cell[] => {
    const { summary, shrunkSize, divergences } = result;
    const [first] = summary.findings;
    const verdict = divergences > 0 ? 'not deterministic' : describeVerdict(result);
    return [
      summary.system,
      summary.mutant ?? '–',
      summary.seeds,
      summary.steps,
      verdict,
      first === undefined ? '–' : `${describeFound(first)}: ${cut(first.failure.promise, PROMISE_COLUMNS_MAX)}`,
      shrunkSize ?? '–',
    ];
  });
  const headings = ['system', 'mutant', 'seeds', 'steps', 'verdict', 'first finding', 'shrunk size'];
  process.stdout.write(`${table(headings, rows)}\n`);
  for (const { target, summary } of results)
    if (summary.reason !== undefined && !target.expected)
      process.stdout.write(
        `${[summary.system, summary.mutant ?? []].flat().join(' · ')} is inconclusive: ${summary.reason}\n`,
      );
}

/** What a system's runs really went through: without it, a green line proves nothing. */
function printExercised({ system, exercised, tally, properties }: CampaignSummary): void {
  const counts = (numbers: object) =>
    Object.entries(numbers)
      .map(([name, value]) => `${Number(value).toLocaleString('en-US')} ${words(name)}`)
      .join(', ');
  const happened = Object.fromEntries(Object.entries(tally).filter(([, value]) => value > 0));
  const { operations, concurrencyMax, faults, faultsOverlapped } = exercised;
  const [all, begun, overlapped] = [operations, faults, faultsOverlapped].map((value) => value.toLocaleString('en-US'));
  const text =
    `answered ${all} operations, at most ${concurrencyMax} at once; ${overlapped} of ${begun} faults overlapped some; ` +
    `went through ${counts(happened) || 'nothing'}`;
  process.stdout.write(`${pc.bold(system)} ${wrap(text, { columns: 100, indent: 2 })}\n`);
  const rows = Object.entries(properties).map(([name, { runs, seen }]): Cell[] => [
    `  ${name}`,
    runs.valid,
    runs.unknown,
    runs.invalid,
    counts(seen),
  ]);
  process.stdout.write(`${table(['  property', 'valid', 'unknown', 'invalid', 'judged on'], rows)}\n\n`);
}

function printDeterminism(results: readonly TargetResult[]): void {
  const seeds = results.reduce((sum, { summary }) => sum + summary.seeds, 0);
  if (results.some(({ divergences }) => divergences > 0)) return;
  process.stdout.write(
    `determinism: ${seeds} seeds, each run in a campaign, twice by itself and through immer: no difference\n`,
  );
}

/** `unsyncedWritesLost` as `unsynced writes lost`. */
const words = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function describeVerdict({ target, summary: { verdict, findings }, interrupted }: TargetResult): string {
  const { mutant, expected } = target;
  if (mutant === undefined || !expected) return interrupted ? `${verdict} (interrupted)` : verdict;
  if (findings.some((found) => isCaught(target, found))) return 'caught';
  return findings.length > 0 ? 'caught by another promise' : 'not caught';
}

function exitCode(results: readonly TargetResult[], complete: boolean): ExitCode {
  const broken = results.some(
    ({ target, summary, divergences }) => divergences > 0 || (!target.expected && summary.verdict === 'invalid'),
  );
  if (broken) return EXIT.findings;
  const doubtful = results.some(({ target, summary }) =>
    target.expected ? !summary.findings.some((found) => isCaught(target, found)) : summary.verdict === 'unknown',
  );
  return doubtful || !complete ? EXIT.inconclusive : EXIT.clean;
}
