/**
 * A system's promises as vitest tests. The wrapper runs a property over seeds, shrinks the first failure, annotates the
 * test with what a person needs (replay command, plan, diagram), and throws. A time limit is never a silent pass.
 */
import { join, relative } from 'node:path';
import { test } from 'vitest';
import { pageBeside, pageIn, savePage, writeExplorerPage } from '../cli/explorer-page.js';
import { readEnvironment } from '../cli/environment.js';
import { writeFileAtomically } from '../cli/files.js';
import { FINDINGS_FOLDER, REGRESSIONS_FOLDER } from '../cli/folders.js';
import { pictureOf, picturePath } from '../cli/picture.js';
import { judgeRegression, regressionFiles } from '../cli/regressions.js';
import { readFinding } from '../cli/replay.js';
import type { SeedRange } from '../cli/seed-range.js';
import { shardOf, type Shard } from '../cli/shard.js';
import { requireWholeNumber } from '../cli/whole-number.js';
import { Campaign, type CampaignSummary, type RawFinding } from '../explore/campaign.js';
import { essenceOf } from '../explore/essence.js';
import { findingName, makeFinding, replay, type Finding } from '../explore/finding.js';
import { DEFAULT_STRATEGY, strategyNamed, type StrategyName } from '../explore/strategy.js';
import { planSize } from '../plan/size.js';
import { labelOf } from '../report/campaign-report.js';
import { describeFound } from '../report/describe.js';
import { failureReport } from '../report/failure-report.js';
import { simulate } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import { COVERAGE_EVERY, describeCampaign, tell } from './campaign-notes.js';
import { failTest, framesAbove, jsonOf, runAgain, standingAt, type Annotatable } from './fail-test.js';
import { DEFAULT_RUNS, liveRunOf } from './plugin/live-run.js';

/** What is run in a test, and how much of it. */
export interface CheckOptions {
  /** How many seeds to run. Default 200. `FAULTLINE_SHARD=2/5` in the environment runs the second fifth of them. */
  readonly numRuns?: number;
  /** The first seed; the others count up from it. Default 0. `FAULTLINE_SEED` in the environment runs only that one. */
  readonly seed?: number;
  /**
   * Stop after so many milliseconds. Reaching it before `numRuns` seeds fails the test as inconclusive: it is never a
   * silent pass. Default: none but the test's own.
   */
  readonly interruptAfterTimeLimit?: number;
  /** Run this mutant instead of the correct system. */
  readonly mutant?: string;
  /** Judge by these properties only (by name). Default: all of the system's. */
  readonly properties?: readonly string[];
  /** The most runs to spend on shrinking. Default 1,000. */
  readonly shrinkRunsMax?: number;
  /** Kept findings, run before any new seed. Default `histories/regressions`. */
  readonly regressionsFolder?: string;
  /** The most faults in a plan. Default 5. */
  readonly faultsMax?: number;
  /** How plans are chosen: see `StrategyName`. Default: swarm. */
  readonly strategy?: StrategyName;
}

/** Thrown when the runs were too few, or exercised too little, to say anything. */
export class Inconclusive extends Error {
  override readonly name = 'Inconclusive';
}

/**
 * Runs `system` over seeds within a test. Returns what was exercised; throws `BrokenPromise` with the report of the
 * first failure, shrunk, or `Inconclusive`.
 */
export function checkSystem(
  context: Annotatable,
  system: System,
  options: CheckOptions = {},
): Promise<CampaignSummary> {
  return check(context, system, { ...options, frames: framesAbove(checkSystem) });
}

/** Besides what was asked for, where the test stands that asked. */
interface Asked extends CheckOptions {
  readonly frames: string;
}

async function check(context: Annotatable, system: System, given: Asked): Promise<CampaignSummary> {
  const { finding, ...live } = liveRunOf(context.task.id) ?? {};
  if (finding !== undefined) return showKept(context, system, finding);
  const options = { ...given, ...live };
  const inconclusive = (reason: string) => standingAt(options.frames, new Inconclusive(reason));
  const { seed: only, finding: kept, shard } = readEnvironment(process.env);
  const { from: first, count: wanted } = seedsOf(options, shard);
  if (kept !== undefined) return replayKept(context, system, kept, options);
  if (only === undefined) await replayRegressions(context, system, options);
  const campaign = new Campaign(system, {
    coverageEvery: COVERAGE_EVERY,
    mutant: options.mutant,
    ...(options.properties !== undefined && { properties: options.properties }),
    ...(options.faultsMax !== undefined && { faultsMax: options.faultsMax }),
    ...(options.strategy !== undefined && { strategy: options.strategy }),
  });
  const numRuns = only === undefined ? wanted : 1;
  const limit = options.interruptAfterTimeLimit;
  const deadline = limit === undefined ? Infinity : Date.now() + limit;
  for (let index = 0; index < numRuns; index++) {
    const { found } = campaign.runSeed(only ?? String(first + index));
    if (found !== undefined) {
      tell(context, campaign.summary, { options, first });
      return fail(context, system, found, options);
    }
    if (index + 1 < numRuns && Date.now() > deadline)
      throw inconclusive(
        `${system.name}: only ${index + 1} of ${numRuns} seeds were run in ${limit} ms (all of them passed). ` +
          `Raise interruptAfterTimeLimit or lower numRuns; a time limit is not a pass.`,
      );
  }
  const { summary } = campaign;
  const { runs } = summary;
  tell(context, summary, { options, first });
  await context.annotate(describeCampaign(summary), 'exercised');
  // A single seed is asked for to reproduce something; which faults it did not exercise is no news.
  if (only === undefined ? summary.verdict === 'unknown' : runs.valid === 0)
    throw inconclusive(`${system.name}: nothing was found, but nothing was proved: ${summary.reason ?? ''}`);
  return summary;
}

/** The seeds to run: the `shard` of those that are asked for. */
function seedsOf(options: CheckOptions, shard: Shard): SeedRange {
  const count = requireWholeNumber('numRuns', options.numRuns ?? DEFAULT_RUNS, 1);
  const from = requireWholeNumber('seed', options.seed ?? 0, 0);
  return shardOf({ from, count }, shard);
}

/**
 * Declares one test for each property of `system` (or for those named in `options.properties`), called
 * `<system>: <property>`.
 */
export function testSystem(system: System, options: CheckOptions = {}): void {
  const names = options.properties ?? system.properties.map(({ name }) => name);
  const frames = framesAbove(testSystem);
  for (const name of names)
    test(
      `${system.name}: ${name}`,
      {
        timeout: testTimeout(options),
        meta: { faultline: { system: system.name, mutant: options.mutant, properties: [name] } },
      },
      async (context) => {
        await check(context, system, { ...options, properties: [name], frames });
      },
    );
}

/** How long a mutant may go uncaught. */
export interface MutantOptions {
  /** The most seeds for each mutant. Default 2,000. */
  readonly numRuns?: number;
  /** The first seed; the others count up from it. Default 0. */
  readonly seed?: number;
}

/** What a test of a mutant uses of its context. */
type MutantContext = Pick<Annotatable, 'annotate' | 'skip'>;

/**
 * Throws `Inconclusive` unless mutant `id` of `system` breaks the promise that it names within `numRuns` seeds.
 * `FAULTLINE_SEED` and `FAULTLINE_FINDING` in the environment say that only one seed or finding is run: where that does not
 * concern the mutant, its test is skipped. `FAULTLINE_SHARD` leaves it whole, for it ends with the first seed that shows it.
 */
export function checkMutant(
  context: MutantContext,
  system: System,
  id: string,
  options: MutantOptions = {},
): Promise<void> {
  return seekMutant(context, system, id, { ...options, frames: framesAbove(checkMutant) });
}

async function seekMutant(
  context: MutantContext,
  system: System,
  id: string,
  options: MutantOptions & Pick<Asked, 'frames'>,
): Promise<void> {
  const { seed: only, finding: kept } = readEnvironment(process.env);
  const numRuns = requireWholeNumber('numRuns', options.numRuns ?? 2_000, 1);
  const first = requireWholeNumber('seed', options.seed ?? 0, 0);
  const campaign = new Campaign(system, { mutant: id });
  const caughtBy = system.mutants[id]?.caughtBy;
  if (kept !== undefined) return seekInKept(context, system, id, { path: kept, frames: options.frames });
  for (let index = 0; index < (only === undefined ? numRuns : 1); index++) {
    const seed = only ?? String(first + index);
    const { judgement } = campaign.runSeed(seed);
    if (!judgement.failures.some(({ promise }) => promise === caughtBy)) continue;
    await context.annotate(`found in ${describeFound({ seed, afterSeeds: index + 1 })}`, 'found');
    return;
  }
  // That one seed does not show a bug says nothing of either.
  if (only !== undefined) return context.skip(`FAULTLINE_SEED: seed ${only} does not break '${caughtBy}'`);
  const others = campaign.summary.findings.map(({ failure }) => `'${failure.promise}'`);
  const instead = others.length === 0 ? 'Nothing else did either' : `Only ${others.join(', ')} did`;
  const reason =
    `${system.name}: mutant ${id} broke '${caughtBy}' in none of ${numRuns} runs. ${instead}. ` +
    `Raise numRuns, or see whether the workload and the tolerated faults can show this bug.`;
  throw standingAt(options.frames, new Inconclusive(reason));
}

/** Runs the finding in `path` alone: mutant `id` must break its promise there. Skips the test if it is of anything else. */
async function seekInKept(
  context: MutantContext,
  system: System,
  id: string,
  { path, frames }: { readonly path: string } & Pick<Asked, 'frames'>,
): Promise<void> {
  const finding = readFinding(path);
  if (finding.system !== system.name || finding.mutant !== id)
    return context.skip(`FAULTLINE_FINDING is one of ${labelOf(finding)}`);
  const caughtBy = system.mutants[id]?.caughtBy;
  const result = replay(system, finding);
  if (result.kind !== 'misfit' && result.judgement.failures.some(({ promise }) => promise === caughtBy)) {
    await context.annotate(`found in ${path}`, 'found');
    return;
  }
  const now = result.kind === 'misfit' ? result.reason : `the run is ${result.judgement.verdict}`;
  const reason = `${system.name}: mutant ${id} does not break '${caughtBy}' in ${path}: ${now}`;
  throw standingAt(frames, new Inconclusive(reason));
}

/**
 * Declares one test for each mutant of `system`: it passes when the promise that the mutant names is broken, so you know
 * that your properties can fail. Each is annotated with the run that showed it, counted from 1, and its seed. Throws for
 * a system without mutants, of which no test would be left.
 */
export function testMutants(system: System, options: MutantOptions = {}): void {
  if (Object.keys(system.mutants).length === 0)
    throw new Error(`system '${system.name}' has no mutants to test; list some in its \`mutants\``);
  const frames = framesAbove(testMutants);
  for (const [id, { breaks, caughtBy }] of Object.entries(system.mutants))
    test(
      `${system.name}: mutant ${id} (${breaks}) breaks '${caughtBy}'`,
      (context) => seekMutant(context, system, id, { ...options, frames }),
      testTimeout({}),
    );
}

/** vitest's own limit of 5 s would cut long searches off with a message that helps nobody. */
const testTimeout = ({ interruptAfterTimeLimit }: CheckOptions): number => (interruptAfterTimeLimit ?? 60_000) + 60_000;

async function fail(context: Annotatable, system: System, found: RawFinding, options: Asked): Promise<never> {
  const { mutant, properties, frames } = options;
  const { seed, plan, failure } = found;
  const { shrunk, run, finding } = await essenceOf(system, found, {
    mutant,
    properties,
    ...(options.shrinkRunsMax !== undefined && { runsMax: options.shrinkRunsMax }),
  });
  const path = join(FINDINGS_FOLDER, `${findingName(finding)}.json`);
  writeFileAtomically(path, jsonOf(finding));
  const picture = pictureOf(finding, run, shrunk.failure);
  writeFileAtomically(picturePath(path), picture);
  // Where plans depend on the runs before, the seed alone does not bring this one back.
  const { memoryless } = strategyNamed(options.strategy ?? DEFAULT_STRATEGY);
  const command = `${memoryless ? `FAULTLINE_SEED=${seed}` : `FAULTLINE_FINDING=${relative('.', path)}`} ${runAgain(context)}`;
  const report = failureReport({
    ...finding,
    run,
    failure: shrunk.failure,
    shrunkFrom: { plan, size: planSize(shrunk.plan), runs: shrunk.runs, runsMax: shrunk.runsMax },
    savedAs: relative('.', path),
    replayCommand: command,
  });
  const page = savePage(system, finding, { target: pageBeside(path), properties, replayCommand: command });
  const others = shrunk.others.map((other) => `  also       ${saveAsFound(system, { ...found, ...other }, mutant)}`);
  const told = [report, page, ...others].join('\n');
  return failTest(context, { title: failure.promise, command, report: told, finding, path, picture, frames });
}

/** Saves a failure of another kind, met while shrinking; what it is and where, in a line. */
function saveAsFound(
  system: System,
  { seed, plan, failure }: Pick<RawFinding, 'seed' | 'plan' | 'failure'>,
  mutant: string | undefined,
): string {
  const finding = makeFinding({ run: simulate(system, plan, { mutant, trail: true }), failure, seed });
  const path = join(FINDINGS_FOLDER, `${findingName(finding)}.json`);
  writeFileAtomically(path, jsonOf(finding));
  return `${failure.signature}: ${relative('.', path)}`;
}

/** Records the finding in `path` for the explorer. Nothing is judged, and so the test is skipped. */
function showKept(context: Annotatable, system: System, path: string): never {
  const finding = readFinding(path);
  if (finding.system !== system.name)
    throw new Error(`${path} is a finding of ${finding.system}, not of ${system.name}`);
  const page = pageIn(FINDINGS_FOLDER, path);
  writeExplorerPage(system, finding, { target: page, replayCommand: `FAULTLINE_FINDING=${path} ${runAgain(context)}` });
  return context.skip(`${path} is recorded: ${page}`);
}

/** Runs the finding in `path` alone: it must not fail any more. A test of anything else is skipped. */
async function replayKept(
  context: Annotatable,
  system: System,
  path: string,
  { mutant, frames }: Asked,
): Promise<CampaignSummary> {
  const finding = readFinding(path);
  if (finding.system !== system.name || (finding.mutant ?? undefined) !== mutant)
    return context.skip(`FAULTLINE_FINDING is one of ${labelOf(finding)}`);
  const result = replay(system, finding);
  if (result.kind !== 'misfit' && result.judgement.failure === undefined)
    return new Campaign(system, { mutant }).summary;
  const command = `FAULTLINE_FINDING=${path} ${runAgain(context)}`;
  const report = regressionReport(system, finding, { path, command });
  const picture = regressionPicture(system, finding);
  return failTest(context, { title: `${path}: ${finding.signature}`, command, report, finding, path, picture, frames });
}

/** Kept findings of this system come first: a fixed bug stays fixed, and a mutant's stays caught. */
async function replayRegressions(context: Annotatable, system: System, options: Asked): Promise<void> {
  for (const path of regressionFiles(options.regressionsFolder ?? REGRESSIONS_FOLDER)) {
    const finding = readFinding(path);
    if (finding.system !== system.name || (finding.mutant ?? undefined) !== options.mutant) continue;
    const problem = judgeRegression(system, finding);
    if (problem === undefined) continue;
    // Kept findings come first, so that the test itself is what replays this one.
    const command = runAgain(context);
    const report = regressionReport(system, finding, { path, command });
    const picture = regressionPicture(system, finding);
    await failTest(context, {
      title: `${path}: ${problem}`,
      command,
      report,
      finding,
      path,
      picture,
      frames: options.frames,
    });
  }
}

/** How a kept finding fails now, as a new failure would be told; where there is none to show, how to run it again. */
function regressionReport(
  system: System,
  finding: Finding,
  { path, command }: { readonly path: string; readonly command: string },
): string {
  const result = replay(system, finding);
  const failure = result.kind === 'misfit' ? undefined : result.judgement.failure;
  if (result.kind === 'misfit' || failure === undefined) return `  replay     ${command}`;
  return failureReport({ run: result.run, failure, seed: finding.seed, savedAs: path, replayCommand: command });
}

/** The same, drawn. */
function regressionPicture(system: System, finding: Finding): string | undefined {
  const result = replay(system, finding);
  return result.kind === 'misfit' ? undefined : pictureOf(finding, result.run, result.judgement.failure);
}
