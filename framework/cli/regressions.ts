/**
 * `faultline regressions`: the findings kept in a folder, run again. A bug of a correct system must stay fixed; a
 * mutant must still be caught, by the same steps.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { replay, stepDigests, type Finding } from '../explore/finding.js';
import type { Judgement } from '../simulation/judge.js';
import type { System } from '../simulation/system.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { writeFileAtomically } from './files.js';
import { readFinding } from './replay.js';

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
  if (finding.mutant === null) return stillFixed(result.judgement);
  switch (result.kind) {
    case 'reproduced':
      return undefined;
    case 'digest-changed':
      return `still caught, but by other steps: digest ${finding.digest} is now ${result.run.digest} (step ${result.firstDifference ?? 'none'}); if that is meant, run regressions --update`;
    case 'not-reproduced':
      return `the mutant is no longer caught: expected '${finding.signature}', the run is ${result.judgement.verdict}`;
  }
}

/** A fixed bug's plan must run to its end, and not be invalid there. One that hangs is not fixed. */
function stillFixed({ verdict, failure, undecided, reason }: Judgement): string | undefined {
  if (failure !== undefined) return `the bug is back: ${failure.signature}`;
  return undecided ? `the run is ${verdict}: ${reason ?? 'it was cut short'}` : undefined;
}

export function runRegressions(
  systems: readonly System[],
  options: { readonly folder: string; readonly update: boolean },
): ExitCode {
  const files = regressionFiles(options.folder);
  let failures = 0;
  for (const file of files) {
    const finding = readFinding(file);
    const system = systems.find(({ name }) => name === finding.system);
    const problem = judgeRegression(system, finding);
    const updated = problem !== undefined && options.update && system !== undefined && update(file, system, finding);
    if (problem !== undefined && !updated) failures++;
    process.stdout.write(
      `${problem === undefined ? '✓' : updated ? '↻' : '✗'} ${file}${problem === undefined ? '' : `: ${problem}`}\n`,
    );
  }
  if (files.length === 0) process.stdout.write(`there are no findings in ${options.folder}\n`);
  process.stdout.write(`regressions: ${files.length - failures} passed, ${failures} failed\n`);
  return failures === 0 ? EXIT.clean : EXIT.findings;
}

/** Records the new digest of a finding that still fails in the same way. */
function update(file: string, system: System, finding: Finding): boolean {
  const result = replay(system, finding);
  if (result.kind !== 'digest-changed') return false;
  const { digest } = result.run;
  writeFileAtomically(file, `${JSON.stringify({ ...finding, digest, trail: stepDigests(result.run) }, null, 2)}\n`);
  return true;
}
