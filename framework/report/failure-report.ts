/** A failure as a person reads it: the promise, what happened, the smallest plan, the picture, and one command. */
import type { Plan } from '../plan/plan.js';
import type { Failure } from '../simulation/judge.js';
import type { Run } from '../simulation/simulate.js';
import { describePlan, wrap } from './describe.js';
import { spaceTimeDiagram } from './space-time-diagram.js';

export interface FailureReportOptions {
  /** The run of the smallest plan, with its trace. */
  readonly run: Run;
  readonly failure: Failure;
  readonly seed: string;
  /** The plan as it was found, the size of the smallest one and what it cost; absent if it was not shrunk. */
  readonly shrunkFrom?:
    { readonly plan: Plan; readonly size: number; readonly runs: number; readonly runsMax: number } | undefined;
  readonly savedAs?: string | undefined;
  readonly replayCommand?: string | undefined;
}

/** No line is longer, but for paths and commands. */
const COLUMNS = 120;
/** `  promised   ` */
const LABEL = 13;

export function failureReport(options: FailureReportOptions): string {
  const { run, failure, seed, shrunkFrom, savedAs, replayCommand } = options;
  const { plan } = run;
  const system = `${run.system}${run.mutant === undefined ? '' : ` (mutant ${run.mutant})`}`;
  const stack = run.outcome.kind === 'model-error' ? ['', ...firstLines(run.outcome.stack)] : [];
  const paragraph = (text: string) => wrap(text, { columns: COLUMNS - LABEL, indent: LABEL });
  const lines = [
    `✗ ${system}: a promise is broken`,
    '',
    `  promised   ${failure.promise}`,
    `  happened   ${paragraph(failure.explanation)}`,
    `  seed       ${paragraph(`${seed}${shrunkFrom === undefined ? '' : `, ${describeShrinking(plan, shrunkFrom)}`}`)}`,
    `  digest     ${run.digest}, ${run.steps} steps`,
    ...stack,
    '',
    '  the smallest plan that still fails in this way',
    ...describePlan(plan).map((line) => `  ${line}`),
    '',
    '  what happened (★ shows the failure)',
    ...spaceTimeDiagram(run, failure)
      .split('\n')
      .map((line) => `  ${line}`),
    '',
  ];
  if (savedAs !== undefined) lines.push(`  saved as   ${savedAs}`);
  if (replayCommand !== undefined) lines.push(`  replay     ${replayCommand}`);
  return lines.join('\n').trimEnd();
}

function describeShrinking(
  plan: Plan,
  from: { readonly plan: Plan; readonly size: number; readonly runs: number; readonly runsMax: number },
): string {
  const count = ({ operations, faults }: Plan) =>
    `${plural(operations.length, 'operation')} and ${plural(faults.length, 'fault')}`;
  const fates = plan.fates.length === 0 ? '' : ` and ${plural(plan.fates.length, 'message fate')}`;
  return `shrunk from ${count(from.plan)} to ${count(plan)}${fates} (size ${from.size}) in ${from.runs} of at most ${from.runsMax} runs`;
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const firstLines = (stack: string): string[] =>
  stack
    .split('\n')
    .slice(0, 6)
    .map((line) => `  ${line}`);
