/** `faultline replay`: runs a saved finding again and says whether it is still there, by the same steps. */
import { relative } from 'node:path';
import { parseFinding, replay, type Finding, type Replay } from '../explore/finding.js';
import { failureReport } from '../report/failure-report.js';
import { describeEvent } from '../simulation/trace.js';
import type { System } from '../simulation/system.js';
import { replayCommand } from './command-line.js';
import { EXIT, type Outcome } from './exit-codes.js';
import { readUserFile, writeFileAtomically } from './files.js';
import { FINDINGS_FOLDER } from './folders.js';
import { printJson } from './json-output.js';
import type { DocumentOf } from './json-schemas.js';
import { otherDocument } from './other-document.js';
import { pictureOf } from './picture.js';
import { print, printColumns } from './terminal.js';
import { UsageError } from './usage-error.js';

/** Reads the finding in `path`; a `UsageError` lists everything that is wrong with it. */
export function readFinding(path: string): Finding {
  const text = readUserFile(path, FINDINGS_ARE);
  const other = otherDocument(text, 'finding');
  if (other !== undefined)
    throw new UsageError(`${path} is not a finding that can be replayed: ${other}; ${FINDINGS_ARE}`);
  const parsed = parseFinding(text);
  if (parsed.kind === 'ok') return parsed.value;
  const problems = parsed.problems.slice(0, PROBLEMS_MAX);
  const more = parsed.problems.length - problems.length;
  const lines = [...problems, ...(more > 0 ? [`and ${more} more`] : [])];
  throw new UsageError(`${path} is not a finding that can be replayed:\n  ${lines.join('\n  ')}\n${FINDINGS_ARE}`);
}

const FINDINGS_ARE = `explore and failing tests leave findings in ${FINDINGS_FOLDER}`;
const PROBLEMS_MAX = 20;

/** The system of the finding in `path`; a `UsageError` if it is not among `systems`. */
export function systemOf(systems: readonly System[], finding: Finding, path: string): System {
  const system = systems.find(({ name }) => name === finding.system);
  if (system !== undefined) return system;
  const known = systems.map(({ name }) => name).join(', ');
  throw new UsageError(
    `${path} is a finding of system '${finding.system}', but the systems are ${known}; name its module with --systems`,
  );
}

export function replayFinding(options: {
  readonly path: string;
  readonly finding: Finding;
  readonly systems: readonly System[];
  readonly systemsModule: string | undefined;
  /** Where the run is drawn, if it is. */
  readonly svg: string | undefined;
  readonly json: boolean;
}): Outcome {
  const { path, finding, systems, systemsModule, svg } = options;
  const system = systemOf(systems, finding, path);
  const result = replay(system, finding);
  if (result.kind === 'misfit') throw new UsageError(`${path} does not fit its system: ${result.reason}`);
  const exitCode = result.judgement.failure === undefined ? EXIT.inconclusive : EXIT.findings;
  if (options.json) printJson(replayDocument(path, finding, result, exitCode));
  else print(`${describeReplay(path, finding, result, systemsModule)}\n`);
  if (svg !== undefined) {
    const failure = result.kind === 'not-reproduced' ? result.judgement.failure : result.failure;
    writeFileAtomically(svg, pictureOf(finding, result.run, failure));
    if (!options.json) print(`drawn in ${svg}\n`);
  }
  return exitCode;
}

type Rerun = Exclude<Replay, { kind: 'misfit' }>;

function describeReplay(path: string, finding: Finding, result: Rerun, systemsModule: string | undefined): string {
  const { run } = result;
  const changed = digestChange(finding, result);
  if (result.kind === 'not-reproduced') {
    const { failure } = result.judgement;
    const now =
      failure === undefined
        ? `the run is now ${result.judgement.verdict}`
        : `it now fails otherwise: ${failure.signature}`;
    const why = changed ?? 'by the very same steps, so the property has changed, not the run.';
    return `not reproduced: expected '${finding.signature}', but ${now}; ${why}`;
  }
  const text = failureReport({
    ...(changed === undefined ? finding : { seed: finding.seed }),
    run,
    failure: result.failure,
    savedAs: relative('.', path),
    replayCommand: replayCommand(path, systemsModule),
    columns: printColumns(),
  });
  return changed === undefined
    ? `${text}\n\nreproduced: same failure, same digest ${run.digest}`
    : `${text}\n\nreproduced, but not by the same steps: ${changed}`;
}

function replayDocument(path: string, finding: Finding, result: Rerun, exitCode: Outcome): DocumentOf<'replay'> {
  const { run, judgement } = result;
  const { system, mutant, seed, signature, digest } = finding;
  return {
    faultline: 'replay',
    version: 1,
    exitCode,
    file: path,
    system,
    mutant,
    seed,
    outcome: result.kind,
    expected: { signature, digest },
    now: {
      verdict: judgement.verdict,
      signature: judgement.failure?.signature ?? null,
      promise: judgement.failure?.promise ?? null,
      explanation: judgement.failure?.explanation ?? null,
      digest: run.digest,
      steps: run.steps,
    },
    firstDifference: result.kind === 'reproduced' ? null : (result.firstDifference ?? null),
  };
}

/** What changed in the run since it was recorded; undefined if nothing did. */
function digestChange(finding: Finding, result: Rerun): string | undefined {
  const { run, firstDifference } = result;
  if (run.digest === finding.digest) return undefined;
  const digests = `the digest was ${finding.digest} and is ${run.digest}`;
  if (firstDifference === undefined) return `${digests}: only the final states or results differ.`;
  const event = run.trace?.find(
    ({ step, kind }) => step === firstDifference && !['send', 'state', 'role', 'disk'].includes(kind),
  );
  const what = event === undefined ? 'the run ends before it' : describeEvent(event);
  return `${digests}; step ${firstDifference} is the first to differ (${what}): the model or the framework has changed.`;
}
