/**
 * A system's promises as vitest tests. The wrapper runs a property over seeds, shrinks the first failure, annotates the
 * test with what a person needs (replay command, plan, diagram), and throws. A time limit is never a silent pass.
 */
import { basename, join, relative } from 'node:path';
import { test } from 'vitest';
import { pageBeside, writeExplorerPage } from '../cli/explorer-page.js';
import { writeFileAtomically } from '../cli/files.js';
import { judgeRegression, regressionFiles } from '../cli/regressions.js';
import { readFinding } from '../cli/replay.js';
import { requireWholeNumber } from '../cli/whole-number.js';
import { Campaign, type CampaignSummary, type RawFinding } from '../explore/campaign.js';
import { essenceOf } from '../explore/essence.js';
import { findingName, makeFinding, replay, type Finding } from '../explore/finding.js';
import { DEFAULT_STRATEGY, strategyNamed, type StrategyName } from '../explore/strategy.js';
import { normaliseSeed } from '../kernel/random.js';
import { planSize } from '../plan/size.js';
import { describeFound } from '../report/describe.js';
import { describeExercised, describeProperty, grouped } from '../report/exercised.js';
import { failureReport } from '../report/failure-report.js';
import { simulate } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import { failTest, jsonOf, runAgain, type Annotatable } from './fail-test.js';
import './meta.js';
import { liveRunOf } from './plugin/live-run.js';

export interface CheckOptions {
  /** How many seeds to run. Default 200. */
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

const FINDINGS_FOLDER = '.faultline/findings';

/**
 * Runs `system` over seeds within a test. Returns what was exercised; throws `BrokenPromise` with the report of the
 * first failure, shrunk, or `Inconclusive`.
 */
export async function checkSystem(
  context: Annotatable,
  system: System,
  given: CheckOptions = {},
): Promise<CampaignSummary> {
  const { finding, ...live } = liveRunOf(context.task.id) ?? {};
  if (finding !== undefined) return showKept(context, system, finding);
  const options = { ...given, ...live };
  const asked = process.env.FAULTLINE_SEED;
  const only = asked === undefined || asked === '' ? undefined : asked;
  const wanted = requireWholeNumber('numRuns', options.numRuns ?? 200, 1);
  const first = requireWholeNumber('seed', options.seed ?? 0, 0);
  const kept = process.env.FAULTLINE_FINDING;
  if (kept !== undefined && kept !== '') return replayKept(context, system, kept, options);
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
    const { found } = campaign.runSeed(only === undefined ? String(first + index) : normaliseSeed(only));
    if (found !== undefined) {
      tell(context, campaign.summary, { options, first });
      return fail(context, system, found, options);
    }
    if (index + 1 < numRuns && Date.now() > deadline)
      throw new Inconclusive(
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
    throw new Inconclusive(`${system.name}: nothing was found, but nothing was proved: ${summary.reason ?? ''}`);
  return summary;
}

/** So many runs share one in which coverage of states is measured, which costs about as much as a run. */
const COVERAGE_EVERY = 10;

/** Puts what a campaign showed into the test's meta data, where the panel of the UI finds it. */
function tell(
  { task }: Annotatable,
  summary: CampaignSummary,
  { options, first }: { readonly options: CheckOptions; readonly first: number },
): void {
  const { system, mutant, seeds, verdict, properties, coverage } = summary;
  const { strategy = DEFAULT_STRATEGY, faultsMax } = options;
  const asked = { strategy, faultsMax, seed: first, numRuns: options.numRuns };
  task.meta.faultline = {
    ...{ system, mutant, properties: options.properties ?? Object.keys(properties), asked, seeds, verdict, coverage },
    exercised: describeExercised(summary),
  };
}

/** What a campaign went through and judged on, for the test's report. */
function describeCampaign(summary: CampaignSummary): string {
  const { seeds, steps, runs, properties, coverage } = summary;
  return [
    `${seeds} seeds, ${grouped(steps)} steps: ${runs.valid} valid, ${runs.unknown} proved nothing`,
    describeExercised(summary),
    ...Object.entries(properties).map(([name, one]) => `${name}: ${describeProperty(one)}`),
    `${grouped(coverage)} different meetings of a message or timer with a state, in one run of ${COVERAGE_EVERY}`,
  ].join('\n');
}

/**
 * Declares one test for each property of `system` (or for those named in `options.properties`), called
 * `<system>: <property>`.
 */
export function testSystem(system: System, options: CheckOptions = {}): void {
  const names = options.properties ?? system.properties.map(({ name }) => name);
  for (const name of names)
    test(
      `${system.name}: ${name}`,
      {
        timeout: testTimeout(options),
        meta: { faultline: { system: system.name, mutant: options.mutant, properties: [name] } },
      },
      async (context) => {
        await checkSystem(context, system, { ...options, properties: [name] });
      },
    );
}

export interface MutantOptions {
  /** The most seeds for each mutant. Default 2,000. */
  readonly numRuns?: number;
  /** The first seed; the others count up from it. Default 0. */
  readonly seed?: number;
}

/** Throws `Inconclusive` unless mutant `id` of `system` breaks the promise that it names within `numRuns` seeds. */
export async function checkMutant(
  { annotate }: Pick<Annotatable, 'annotate'>,
  system: System,
  id: string,
  options: MutantOptions = {},
): Promise<void> {
  const numRuns = requireWholeNumber('numRuns', options.numRuns ?? 2_000, 1);
  const first = requireWholeNumber('seed', options.seed ?? 0, 0);
  const campaign = new Campaign(system, { mutant: id });
  const caughtBy = system.mutants[id]?.caughtBy;
  for (let index = 0; index < numRuns; index++) {
    const seed = String(first + index);
    const { judgement } = campaign.runSeed(seed);
    if (!judgement.failures.some(({ promise }) => promise === caughtBy)) continue;
    await annotate(`found in ${describeFound({ seed, afterSeeds: index + 1 })}`, 'found');
    return;
  }
  const others = campaign.summary.findings.map(({ failure }) => `'${failure.promise}'`);
  const instead = others.length === 0 ? 'Nothing else did either' : `Only ${others.join(', ')} did`;
  throw new Inconclusive(
    `${system.name}: mutant ${id} broke '${caughtBy}' in none of ${numRuns} runs. ${instead}. ` +
      `Raise numRuns, or see whether the workload and the tolerated faults can show this bug.`,
  );
}

/**
 * Declares one test for each mutant of `system`: it passes when the promise that the mutant names is broken, so you know
 * that your properties can fail. Each is annotated with the run that showed it, counted from 1, and its seed. Throws for
 * a system without mutants, of which no test would be left.
 */
export function testMutants(system: System, options: MutantOptions = {}): void {
  if (Object.keys(system.mutants).length === 0)
    throw new Error(`system '${system.name}' has no mutants to test; list some in its \`mutants\``);
  for (const [id, { breaks, caughtBy }] of Object.entries(system.mutants))
    test(
      `${system.name}: mutant ${id} (${breaks}) breaks '${caughtBy}'`,
      (context) => checkMutant(context, system, id, options),
      testTimeout({}),
    );
}

/** vitest's own limit of 5 s would cut long searches off with a message that helps nobody. */
const testTimeout = ({ interruptAfterTimeLimit }: CheckOptions): number => (interruptAfterTimeLimit ?? 60_000) + 60_000;

async function fail(context: Annotatable, system: System, found: RawFinding, options: CheckOptions): Promise<never> {
  const { mutant, properties } = options;
  const { seed, plan, failure } = found;
  const { shrunk, run, finding } = await essenceOf(system, found, {
    mutant,
    properties,
    ...(options.shrinkRunsMax !== undefined && { runsMax: options.shrinkRunsMax }),
  });
  const path = join(FINDINGS_FOLDER, `${findingName(finding)}.json`);
  writeFileAtomically(path, jsonOf(finding));
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
  const others = shrunk.others.map((other) => `  also       ${saveAsFound(system, { ...found, ...other }, mutant)}`);
  const told = [report, ...others].join('\n');
  return failTest(context, { title: failure.promise, command, report: told, finding, path });
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

/** Records the finding in `path` for the explorer; nothing is judged. */
async function showKept(context: Annotatable, system: System, path: string): Promise<CampaignSummary> {
  const finding = readFinding(path);
  if (finding.system !== system.name) throw new Error(`${path} is a finding of ${finding.system}, not of ${system.name}`);
  const page = join(FINDINGS_FOLDER, basename(pageBeside(path)));
  writeExplorerPage(system, finding, { target: page, replayCommand: `FAULTLINE_FINDING=${path} ${runAgain(context)}` });
  await context.annotate(`${path} is recorded: ${page}`, 'explorer');
  return new Campaign(system).summary;
}

/** Runs the finding in `path` alone, if it is one of what is tested here: it must not fail any more. */
async function replayKept(
  context: Annotatable,
  system: System,
  path: string,
  { mutant }: CheckOptions,
): Promise<CampaignSummary> {
  const finding = readFinding(path);
  const nothing = new Campaign(system, { mutant }).summary;
  if (finding.system !== system.name || (finding.mutant ?? undefined) !== mutant) return nothing;
  const result = replay(system, finding);
  if (result.kind !== 'misfit' && result.judgement.failure === undefined) return nothing;
  const command = `FAULTLINE_FINDING=${path} ${runAgain(context)}`;
  const report = regressionReport(system, finding, { path, command });
  return failTest(context, { title: `${path}: ${finding.signature}`, command, report, finding, path });
}

/** Kept findings of this system come first: a fixed bug stays fixed, and a mutant's stays caught. */
async function replayRegressions(context: Annotatable, system: System, options: CheckOptions): Promise<void> {
  for (const path of regressionFiles(options.regressionsFolder ?? 'histories/regressions')) {
    const finding = readFinding(path);
    if (finding.system !== system.name || (finding.mutant ?? undefined) !== options.mutant) continue;
    const problem = judgeRegression(system, finding);
    if (problem === undefined) continue;
    // Kept findings come first, so that the test itself is what replays this one.
    const command = runAgain(context);
    const report = regressionReport(system, finding, { path, command });
    await failTest(context, { title: `${path}: ${problem}`, command, report, finding, path });
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
