/** `faultline replay`: runs a saved finding again and says whether it is still there, by the same steps. */
import { parseFinding, replay, type Finding, type Replay } from '../explore/finding.js';
import { failureReport } from '../report/failure-report.js';
import { describeEvent } from '../simulation/trace.js';
import type { System } from '../simulation/system.js';
import { replayCommand } from './command-line.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { readUserFile } from './files.js';
import { UsageError } from './usage-error.js';

/** Reads the finding in `path`; a `UsageError` lists everything that is wrong with it. */
export function readFinding(path: string): Finding {
  const text = readUserFile(path);
  if (text.trim() === '') throw new UsageError(`${path} is empty: there is no finding in it to replay`);
  const parsed = parseFinding(text);
  if (parsed.kind === 'ok') return parsed.value;
  throw new UsageError(`${path} is not a finding that can be replayed:\n  ${parsed.problems.join('\n  ')}`);
}

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
}): ExitCode {
  const { path, finding, systems, systemsModule } = options;
  const system = systemOf(systems, finding, path);
  const result = replay(system, finding);
  if (result.kind === 'misfit') throw new UsageError(`${path} does not fit its system: ${result.reason}`);
  process.stdout.write(`${describeReplay(path, finding, result, systemsModule)}\n`);
  switch (result.kind) {
    case 'reproduced':
    case 'digest-changed':
      return EXIT.findings;
    case 'not-reproduced':
      return result.judgement.failure === undefined ? EXIT.inconclusive : EXIT.findings;
  }
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
    savedAs: path,
    replayCommand: replayCommand(path, systemsModule),
  });
  return changed === undefined
    ? `${text}\n\nreproduced: same failure, same digest ${run.digest}`
    : `${text}\n\nreproduced, but not by the same steps: ${changed}`;
}

/** What changed in the run since it was recorded; undefined if nothing did. */
function digestChange(finding: Finding, result: Rerun): string | undefined {
  const { run, firstDifference } = result;
  if (run.digest === finding.digest) return undefined;
  const digests = `the digest was ${finding.digest} and is ${run.digest}`;
  if (firstDifference === undefined) return `${digests}: only the final states or results differ.`;
  const event = run.trace?.find(
    ({ step, kind }) => step === firstDifference && !['send', 'state', 'disk'].includes(kind),
  );
  const what = event === undefined ? 'the run ends before it' : describeEvent(event);
  return `${digests}; step ${firstDifference} is the first to differ (${what}): the model or the framework has changed.`;
}
