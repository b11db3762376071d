/**
 * What `faultline gate` looks at first: the findings that are kept, each run again. One of a correct system that fails is told
 * as a new finding would be, with its report, its pictures and the command that replays it.
 */
import { basename, join } from 'node:path';
import { replay, type Finding } from '../explore/finding.js';
import type { CheckReport, KeptFailure } from '../report/campaign-report.js';
import { failureReport } from '../report/failure-report.js';
import type { System } from '../simulation/system.js';
import { keepInFolder, type CiOptions } from './ci-report.js';
import { replayCommand } from './command-line.js';
import { declarationSites } from './declaration-site.js';
import { pageIn, savePage } from './explorer-page.js';
import { writeFileAtomically } from './files.js';
import { pictureOf, picturePath } from './picture.js';
import { judgeRegression, regressionFiles } from './regressions.js';
import { readFinding } from './replay.js';
import { print, printColumns } from './terminal.js';
import { UsageError } from './usage-error.js';

interface Options {
  /** Those that findings may be of. */
  readonly all: readonly System[];
  readonly systemsModule: string | undefined;
  readonly regressionsFolder: string;
  /** Where pictures are put: not among the sources. */
  readonly findingsFolder: string;
  readonly ci: CiOptions | undefined;
}

/** Runs all of them, and prints those that are not as they should be: the reason in one line, then the rest. */
export function checkKeptFindings(options: Options): CheckReport[] {
  const { all, systemsModule, regressionsFolder } = options;
  const siteOf = declarationSites(systemsModule);
  return regressionFiles(regressionsFolder).map((path): CheckReport => {
    const about = { suite: 'regressions', name: path } as const;
    const { problem, finding, system } = judgeFile(path, all);
    if (problem === undefined) return { ...about, problem: null, site: null, failure: null };
    print(`✗ ${path}: ${problem}\n`);
    if (finding === undefined || system === undefined) return { ...about, problem, site: null, failure: null };
    const [promise] = finding.signature.split(': ');
    return { ...about, problem, site: siteOf(system.name, promise), failure: tell(system, finding, path, options) };
  });
}

interface Judged {
  /** In one line; undefined if it is as it should be. */
  readonly problem: string | undefined;
  readonly finding?: Finding;
  readonly system?: System;
}

/** A file that cannot be read is a kept finding that nobody looks at any more. */
function judgeFile(path: string, systems: readonly System[]): Judged {
  try {
    const finding = readFinding(path);
    const system = systems.find(({ name }) => name === finding.system);
    const problem = judgeRegression(system, finding);
    return { problem, finding, ...(system !== undefined && { system }) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { problem: error.message.replaceAll(/\s*\n\s*/g, ' ') };
  }
}

/** Prints how it fails, and keeps that for CI. Of a mutant, which is to fail, there is only the command to tell. */
function tell(system: System, finding: Finding, path: string, options: Options): KeptFailure {
  const { systemsModule, findingsFolder, ci } = options;
  const command = replayCommand(path, systemsModule);
  const keep = (sources: readonly string[], text?: string) =>
    ci === undefined ? [] : keepInFolder(ci.folder, { sources, text });
  const result = replay(system, finding);
  const failure = result.kind === 'misfit' ? undefined : result.judgement.failure;
  if (result.kind === 'misfit' || failure === undefined || finding.mutant !== null) {
    print(`  replay     ${command}\n`);
    return { told: null, files: keep([path]), replay: command };
  }
  const { run } = result;
  const report = { ...(result.kind === 'reproduced' ? finding : { seed: finding.seed }), run, failure };
  print(`\n${failureReport({ ...report, savedAs: path, replayCommand: command, columns: printColumns() })}\n`);
  const page = pageIn(findingsFolder, path);
  const picture = picturePath(join(findingsFolder, basename(path)));
  writeFileAtomically(picture, pictureOf(finding, run, failure));
  print(`${savePage(system, finding, { target: page, replayCommand: command })}\n\n`);
  const text = failureReport(report);
  return {
    told: { explanation: failure.explanation, text },
    files: keep([path, picture, page], text),
    replay: command,
  };
}
