/** A failure as a person reads it: the promise, what happened, the smallest plan, the picture, and one command. */
import type { Counterfactuals, PointOfNoReturn } from '../explore/counterfactuals.js';
import { formatTime } from '../kernel/time.js';
import type { Plan } from '../plan/plan.js';
import type { Failure } from '../simulation/judge.js';
import type { Run } from '../simulation/simulate.js';
import { cut, describePlan, wrap } from './describe.js';
import { spaceTimeDiagram } from './space-time-diagram.js';

export interface FailureReportOptions {
  /** The run of the smallest plan, with its trace. */
  readonly run: Run;
  readonly failure: Failure;
  readonly seed: string;
  /** The plan as it was found, the size of the smallest one and what it cost; absent if it was not shrunk. */
  readonly shrunkFrom?:
    { readonly plan: Plan; readonly size: number; readonly runs: number; readonly runsMax: number } | undefined;
  readonly counterfactuals?: Counterfactuals | undefined;
  readonly pointOfNoReturn?: PointOfNoReturn | undefined;
  readonly savedAs?: string | undefined;
  readonly replayCommand?: string | undefined;
  /** No line is longer, but for paths and commands. Default 120, and prose is never wider than that. */
  readonly columns?: number | undefined;
}

const PROSE_COLUMNS_MAX = 120;
/** `  promised   ` */
const LABEL = 13;
/** `      0.000 ms  ` */
const PLAN_INDENT = 16;

/** The report of a failure as it is printed: what was promised, what happened, the plan, and the diagram. */
export function failureReport(options: FailureReportOptions): string {
  const { run, failure, seed, shrunkFrom, counterfactuals, pointOfNoReturn, savedAs, replayCommand } = options;
  const { columns = PROSE_COLUMNS_MAX } = options;
  const prose = Math.min(columns, PROSE_COLUMNS_MAX);
  const { plan } = run;
  const system = `${run.system}${run.mutant === undefined ? '' : ` (mutant ${run.mutant})`}`;
  const stack = run.outcome.kind === 'model-error' ? ['', ...firstLines(run.outcome.stack, prose)] : [];
  const paragraph = (text: string) => wrap(text, { columns: prose - LABEL, indent: LABEL });
  const heading = (text: string) => wrap(text, { columns: prose - 2, indent: 2 });
  const planLine = (line: string) => wrap(line, { columns: prose - PLAN_INDENT, indent: PLAN_INDENT });
  const lines = [
    heading(`✗ ${system}: a promise is broken`),
    '',
    `  promised   ${paragraph(failure.promise)}`,
    `  happened   ${paragraph(failure.explanation)}`,
    `  seed       ${paragraph(`${seed}${shrunkFrom === undefined ? '' : `, ${describeShrinking(plan, shrunkFrom)}`}`)}`,
    ...(pointOfNoReturn === undefined ? [] : [`  certain    ${paragraph(describeReturn(pointOfNoReturn))}`]),
    `  digest     ${paragraph(`${run.digest}, ${run.steps} steps`)}`,
    ...stack,
    '',
    `  ${heading(`the smallest plan that still fails in this way${needed(counterfactuals)}`)}`,
    ...describePlan(plan, counterfactuals).map(
      (line) => `  ${line.slice(0, PLAN_INDENT - 2)}${planLine(line.slice(PLAN_INDENT - 2))}`,
    ),
    '',
    `  ${heading('what happened (★ shows the failure)')}`,
    ...spaceTimeDiagram(run, failure, { certainFrom: pointOfNoReturn?.step, columnsMax: columns - 2 })
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

/** Whether nothing can be left out: what does not is told at its own line. */
function needed(counterfactuals: Counterfactuals | undefined): string {
  if (counterfactuals === undefined) return '';
  const { operations, faults, fates, points } = counterfactuals;
  const all = [...operations, ...faults, ...fates, ...points];
  if (all.every((outcome) => outcome === 'does not fail')) return ': without any one of these, the run does not fail';
  return all.includes('does not fail') ? ': without any other one of these, it does not fail' : '';
}

function describeReturn({ step, timeMicros, what }: PointOfNoReturn): string {
  if (step === 0) return 'from the start: it takes no fault';
  return (
    `from step ${step} on (${formatTime(timeMicros)}, ${what}): had all faults ended just before it, the run ` +
    `would not have failed; after it, nothing helps`
  );
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const firstLines = (stack: string, columns: number): string[] =>
  stack
    .split('\n')
    .slice(0, 6)
    .map((line) => cut(`  ${line}`, columns));
