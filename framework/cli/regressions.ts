/**
 * `faultline regressions`: the findings kept in a folder, run again. One of a correct system must not fail any more; a
 * mutant must still be caught, by the same steps.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { replay, stepDigests, type Finding } from '../explore/finding.js';
import type { Judgement } from '../simulation/judge.js';
import type { System } from '../simulation/system.js';
import { EXIT, type Outcome } from './exit-codes.js';
import { writeFileAtomically } from './files.js';
import { printJson } from './json-output.js';
import type { DocumentOf } from './json-schemas.js';
import { startProgress } from './progress.js';
import { readFinding } from './replay.js';
import { print } from './terminal.js';

/** The files of a regressions folder, in order of name; none if there is no such folder. */
export function regressionFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name));
}

/** What is wrong with a kept finding, in a sentence; undefined if it is as it should be. */
export function judgeRegression(system: System | undefined, finding: Finding): string | undefined {
  if (system === undefined) return `there is no system '${finding.system}' any more`;
  const result = replay(system, finding);
  if (result.kind === 'misfit') return result.reason;
  if (finding.mutant === null) return failsAgain(finding, result.judgement);
  switch (result.kind) {
    case 'reproduced':
      return undefined;
    case 'digest-changed':
      return `still caught, but by other steps: digest ${finding.digest} is now ${result.run.digest} (step ${result.firstDifference ?? 'none'}); if that is meant, run regressions --update`;
    case 'not-reproduced':
      return `the mutant is no longer caught: expected '${finding.signature}', the run is ${result.judgement.verdict}`;
  }
}

/**
 * The plan of a correct system's finding must run to its end, and not be invalid there: one that hangs is not fixed. Nothing
 * tells whether it ever passed since it was recorded.
 */
function failsAgain(
  { signature }: Finding,
  { verdict, failure, failures, undecided, reason }: Judgement,
): string | undefined {
  if (failures.some((one) => one.signature === signature)) return `it fails as recorded: ${signature}`;
  if (failure !== undefined) return `it fails, if otherwise than recorded ('${signature}'): ${failure.signature}`;
  return undecided ? `the run is ${verdict}: ${reason ?? 'it was cut short'}` : undefined;
}

type Document = DocumentOf<'regressions'>;

/** Runs all of them; prints those that are not as they should be, and how many there are of each kind. */
export function runRegressions(
  systems: readonly System[],
  options: { readonly folder: string; readonly update: boolean; readonly json: boolean },
): Outcome {
  const files = regressionFiles(options.folder);
  const progress = startProgress('regressions', files.length);
  const findings = files.map((file, index) => {
    progress.update(index, file);
    return runRegression(systems, file, options.update);
  });
  progress.stop();
  const exitCode = findings.some(({ outcome }) => outcome === 'failed') ? EXIT.findings : EXIT.clean;
  if (options.json) printJson({ faultline: 'regressions', version: 1, exitCode, folder: options.folder, findings });
  else printRegressions(findings, options.folder);
  return exitCode;
}

function runRegression(systems: readonly System[], file: string, updating: boolean): Document['findings'][number] {
  const finding = readFinding(file);
  const system = systems.find(({ name }) => name === finding.system);
  const problem = judgeRegression(system, finding);
  const updated = problem !== undefined && updating && system !== undefined && update(file, system, finding);
  const outcome = problem === undefined ? 'passed' : updated ? 'updated' : 'failed';
  return { file, system: finding.system, mutant: finding.mutant, outcome, problem: problem ?? null };
}

function printRegressions(findings: Document['findings'], folder: string): void {
  for (const { file, outcome, problem } of findings)
    if (outcome !== 'passed') print(`${outcome === 'updated' ? '↻' : '✗'} ${file}: ${problem ?? ''}\n`);
  if (findings.length === 0) print(`there are no findings in ${folder}\n`);
  const failed = findings.filter(({ outcome }) => outcome === 'failed').length;
  print(`regressions: ${findings.length - failed} passed, ${failed} failed\n`);
}

/** Records the new digest of a finding that still fails in the same way. */
function update(file: string, system: System, finding: Finding): boolean {
  const result = replay(system, finding);
  if (result.kind !== 'digest-changed') return false;
  const { digest } = result.run;
  writeFileAtomically(file, `${JSON.stringify({ ...finding, digest, trail: stepDigests(result.run) }, null, 2)}\n`);
  return true;
}
