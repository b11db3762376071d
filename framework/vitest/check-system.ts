/**
 * A system's promises as vitest tests. The wrapper runs a property over seeds, shrinks the first failure, annotates the
 * test with what a person needs (replay command, plan, diagram), and throws. A time limit is never a silent pass.
 */
import { join, relative } from 'node:path';
import { test, type TestContext } from 'vitest';
import { writeFileAtomically } from '../cli/files.js';
import { judgeRegression, regressionFiles } from '../cli/regressions.js';
import { readFinding } from '../cli/replay.js';
import { Campaign, type CampaignSummary, type RawFinding } from '../explore/campaign.js';
import { findingName, makeFinding, replay, type Finding } from '../explore/finding.js';
import { shrink } from '../explore/shrink.js';
import { normaliseSeed } from '../kernel/random.js';
import { planSize } from '../plan/size.js';
import { failureReport } from '../report/failure-report.js';
import { simulate } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';

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
}

/** What a test knows of itself: vitest's context, or a part of it. */
export type Annotatable = Pick<TestContext, 'annotate' | 'task'>;

/** Thrown by `checkSystem`; the message is the whole report. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
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
  options: CheckOptions = {},
): Promise<CampaignSummary> {
  const asked = process.env.FAULTLINE_SEED;
  const only = asked === undefined || asked === '' ? undefined : asked;
  const { numRuns: wanted = 200 } = options;
  if (!Number.isSafeInteger(wanted) || wanted < 1)
    throw new Error(`numRuns must be a positive whole number, got ${wanted}`);
  if (only === undefined) replayRegressions(system, options);
  const campaign = new Campaign(system, {
    mutant: options.mutant,
    ...(options.properties !== undefined && { properties: options.properties }),
    ...(options.faultsMax !== undefined && { faultsMax: options.faultsMax }),
  });
  const numRuns = only === undefined ? wanted : 1;
  const first = options.seed ?? 0;
  const limit = options.interruptAfterTimeLimit;
  const deadline = limit === undefined ? Infinity : Date.now() + limit;
  for (let index = 0; index < numRuns; index++) {
    const { found } = campaign.runSeed(only === undefined ? String(first + index) : normaliseSeed(only));
    if (found !== undefined) return fail(context, system, found, options);
    if (index + 1 < numRuns && Date.now() > deadline)
      throw new Inconclusive(
        `${system.name}: only ${index + 1} of ${numRuns} seeds were run in ${limit} ms (all of them passed). ` +
          `Raise interruptAfterTimeLimit or lower numRuns; a time limit is not a pass.`,
      );
  }
  const { summary } = campaign;
  const { seeds, steps, runs, tally } = summary;
  await context.annotate(
    `${seeds} seeds, ${steps} steps: ${runs.valid} valid, ${runs.unknown} proved nothing. ` +
      `Exercised: ${tally.crashes} crashes, ${tally.pauses} pauses, ${tally.partitions} partitions, ` +
      `${tally.dropped} messages dropped, ${tally.duplicated} duplicated, ${tally.reordered} reordered`,
    'exercised',
  );
  // A single seed is asked for to reproduce something; which faults it did not exercise is no news.
  if (only === undefined ? summary.verdict === 'unknown' : runs.valid === 0)
    throw new Inconclusive(`${system.name}: nothing was found, but nothing was proved: ${summary.reason ?? ''}`);
  return summary;
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
      async (context) => {
        await checkSystem(context, system, { ...options, properties: [name] });
      },
      testTimeout(options),
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
  { numRuns = 2_000, seed: first = 0 }: MutantOptions = {},
): Promise<void> {
  const campaign = new Campaign(system, { mutant: id });
  const caughtBy = system.mutants[id]?.caughtBy;
  for (let index = 0; index < numRuns; index++) {
    const { judgement } = campaign.runSeed(String(first + index));
    if (!judgement.failures.some(({ promise }) => promise === caughtBy)) continue;
    await annotate(`found after ${index + 1} seeds`, 'found');
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
 * that your properties can fail. Each is annotated with the number of seeds it took.
 */
export function testMutants(system: System, options: MutantOptions = {}): void {
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
  const shrunk = shrink(system, plan, failure.signature, {
    mutant,
    properties,
    ...(options.shrinkRunsMax !== undefined && { runsMax: options.shrinkRunsMax }),
  });
  const run = simulate(system, shrunk.plan, { mutant, trace: true, trail: true });
  const finding = makeFinding({ run, failure: shrunk.failure, seed });
  const path = join(FINDINGS_FOLDER, `${findingName(finding)}.json`);
  const json = `${JSON.stringify(finding, null, 2)}\n`;
  writeFileAtomically(path, json);
  // vitest takes the name for a regular expression, the shell takes it for a word.
  const pattern = context.task.name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll("'", `'\\''`);
  const command = `FAULTLINE_SEED=${seed} npx vitest run -t '${pattern}'`;
  const report = failureReport({
    run,
    failure: shrunk.failure,
    seed,
    shrunkFrom: { plan, size: planSize(shrunk.plan), runs: shrunk.runs, runsMax: shrunk.runsMax },
    savedAs: relative('.', path),
    replayCommand: command,
  });
  await context.annotate(command, 'replay');
  await context.annotate('in words, with the diagram', 'report', { body: report, contentType: 'text/plain' });
  await context.annotate(`size ${planSize(shrunk.plan)}: ${path}`, 'plan', {
    body: json,
    contentType: 'application/json',
  });
  const error = new BrokenPromise(`${failure.promise}\n\n${report}\n`);
  // The stack leads into faultline, not into the bug.
  error.stack = `${error.name}: ${error.message}`;
  throw error;
}

/** How a kept finding fails now, if it does. */
function reportOf(system: System, finding: Finding): string {
  const result = replay(system, finding);
  const failure = result.kind === 'misfit' ? undefined : result.judgement.failure;
  return result.kind === 'misfit' || failure === undefined
    ? ''
    : failureReport({ run: result.run, failure, seed: finding.seed });
}

/** Kept findings of this system come first: a fixed bug stays fixed, and a mutant's stays caught. */
function replayRegressions(system: System, options: CheckOptions): void {
  for (const path of regressionFiles(options.regressionsFolder ?? 'histories/regressions')) {
    const finding = readFinding(path);
    if (finding.system !== system.name || (finding.mutant ?? undefined) !== options.mutant) continue;
    const problem = judgeRegression(system, finding);
    if (problem !== undefined)
      throw new BrokenPromise(
        `${path}: ${problem}\n\n${reportOf(system, finding)}\n\n` +
          `  replay     npx faultline replay ${path} (with --systems and the module of your systems)\n`,
      );
  }
}
