/** What `explore` prints when it is through: a line for each target, and last what there is to do about what was found. */
import type { CampaignSummary, RawFinding } from '../explore/campaign.js';
import type { FindingGroup } from '../explore/finding-groups.js';
import type { Totals } from '../explore/totals.js';
import { planSize } from '../plan/size.js';
import { cut, describeFound, wrap } from '../report/describe.js';
import type { System } from '../simulation/system.js';
import { printExercised } from './exercised-table.js';
import { table, type Cell } from './table.js';
import { print, printColumns } from './terminal.js';

/** One line of the work to be done: a system or one of its mutants. */
export interface Target {
  readonly system: System;
  readonly mutant: string | undefined;
  /** A mutant that is here to be caught: catching it is no finding. */
  readonly expected: boolean;
  readonly fullReport: boolean;
}

/** A group of findings, and the file that has its smallest plan. */
export interface SavedGroup {
  readonly group: FindingGroup;
  readonly path: string;
  readonly command: string;
}

export interface TargetResult {
  readonly target: Target;
  readonly summary: CampaignSummary;
  readonly totals: Readonly<Totals>;
  readonly groups: readonly SavedGroup[];
  /** The files of those that are kept for good. */
  readonly kept: readonly string[];
  /** How many runs were not repeated by the same steps, and of the first few how. */
  readonly divergences: number;
  readonly differences: readonly string[];
  readonly interrupted: boolean;
}

/** Whether a mutant that was to be caught has been, by the promise that it names. */
export const isCaught = ({ system, mutant, expected }: Target, { failure }: RawFinding): boolean =>
  expected && mutant !== undefined && failure.promise === system.mutants[mutant]?.caughtBy;

export const isCaughtIn = (target: Target, { findings }: CampaignSummary): boolean =>
  findings.some((found) => isCaught(target, found));

/** What so many systems went through is told without being asked for. */
const DETAILED_SYSTEMS_MAX = 3;

/** Prints all there is to say at the end. What a person needs next comes last, nearest to the prompt. */
export function printResults(
  results: readonly TargetResult[],
  options: {
    readonly details: boolean;
    readonly verify: boolean;
    /** Where findings are kept for good, if they are. */
    readonly regressionsFolder: string | undefined;
  },
): void {
  const { details, verify, regressionsFolder } = options;
  const correct = results.filter(({ target }) => target.mutant === undefined);
  if (details || correct.length <= DETAILED_SYSTEMS_MAX) for (const { summary } of correct) printExercised(summary);
  printTable(results);
  printCaught(results.filter(({ target }) => target.expected));
  if (verify) printDeterminism(results);
  printDoubts(results);
  printFindings(results);
  if (regressionsFolder !== undefined) printKept(results, regressionsFolder);
}

/** So that the table fits. */
const PROMISE_COLUMNS_MAX = 28;
/** Where there are fewer, the first finding is left out: it is told below in any case. */
const ROOMY_COLUMNS = 110;

/** Sizes are those of the shrunk plans; of mutants, beside those of the smallest schedules known. */
function printTable(results: readonly TargetResult[]): void {
  const columns = printColumns();
  const withFirst = columns >= ROOMY_COLUMNS || results.length === 1;
  const withKnown = results.some(({ target }) => target.mutant !== undefined);
  const rows = results.map((result): Cell[] => {
    const { target, summary, groups } = result;
    const sizes = groups.map(({ group }) => planSize(group.essence.shrunk.plan));
    const [first] = summary.findings;
    return [
      summary.system,
      summary.mutant ?? '–',
      summary.seeds,
      summary.steps,
      describeVerdict(result),
      ...(withFirst ? [describeFirst(first)] : []),
      sizes[0] ?? '–',
      ...(withKnown ? [target.system.mutants[target.mutant ?? '']?.smallestSchedule ?? '–'] : []),
    ];
  });
  const headings = [
    ...['system', 'mutant', 'seeds', 'steps', 'verdict'],
    ...(withFirst ? ['first finding'] : []),
    'size',
    ...(withKnown ? ['known'] : []),
  ];
  print(`${table(headings, rows, columns)}\n`);
}

const describeFirst = (found: RawFinding | undefined): string =>
  found === undefined ? '–' : `${describeFound(found)}: ${cut(found.failure.promise, PROMISE_COLUMNS_MAX)}`;

function printCaught(mutants: readonly TargetResult[]): void {
  if (mutants.length === 0) return;
  const caught = mutants.filter(({ target, summary }) => isCaughtIn(target, summary));
  const seeds = mutants.reduce((sum, { summary }) => sum + summary.seeds, 0);
  print(`caught ${caught.length} of ${mutants.length} mutants, in ${seeds} seeds\n`);
}

function printDeterminism(results: readonly TargetResult[]): void {
  const seeds = results.reduce((sum, { summary }) => sum + summary.seeds, 0);
  if (results.some(({ divergences }) => divergences > 0)) return;
  print(`determinism: ${seeds} seeds, each run in a campaign, twice by itself and through immer: no difference\n`);
}

function printDoubts(results: readonly TargetResult[]): void {
  for (const { target, summary } of results)
    if (summary.reason !== undefined && !target.expected)
      print(`${wrapped(`${labelOf(target)} is inconclusive: ${summary.reason}`, 2)}\n`);
}

/** Each finding in two or three lines, with the command that shows its smallest plan again. */
function printFindings(results: readonly TargetResult[]): void {
  for (const { target, groups } of results) {
    if (target.expected || groups.length === 0) continue;
    const lines = groups.flatMap(({ group: { signature, shape, count, essence }, command }) => {
      const takes = shape.length === 0 ? 'no fault' : shape.join(', ');
      const size = planSize(essence.shrunk.plan);
      const details = `takes ${takes}; size ${size}${count === 1 ? '' : `, the smallest of ${count}`}`;
      return [`  ${wrapped(signature, 2)}`, `    ${wrapped(details, 4)}`, `    ${command}`];
    });
    const many = groups.length === 1 ? '1 finding' : `${groups.length} different findings`;
    print(`\n✗ ${labelOf(target)}: ${many}\n${lines.join('\n')}\n`);
  }
}

/** What is run again from now on, and what is not, though something was found. */
function printKept(results: readonly TargetResult[], folder: string): void {
  const kept = results.flatMap((result) => result.kept);
  const said =
    kept.length === 0
      ? 'nothing was found that is kept'
      : `kept in ${folder}, to be run again by regressions and gate:`;
  print(`\n--save: ${said}\n${kept.map((file) => `  ${file}\n`).join('')}`);
  const shown = results.filter((result) => result.target.expected && result.groups.length > result.kept.length);
  if (shown.length === 0) return;
  const mutants = shown.map(({ target }) => target.mutant).join(', ');
  const why = `not kept: ${mutants}, which ran only to be seen caught; explore --mutant <id> --save keeps a mutant's`;
  print(`${wrapped(why, 2)}\n`);
}

/** `chain · CH-07`. */
export const labelOf = ({ system, mutant }: Target): string =>
  mutant === undefined ? system.name : `${system.name} · ${mutant}`;

const wrapped = (text: string, indent: number): string => wrap(text, { columns: printColumns() - indent, indent });

function describeVerdict({ target, summary, divergences, interrupted }: TargetResult): string {
  if (divergences > 0) return 'not deterministic';
  if (!target.expected) return interrupted ? `${summary.verdict} (interrupted)` : summary.verdict;
  if (isCaughtIn(target, summary)) return 'caught';
  return summary.findings.length > 0 ? 'caught by another promise' : 'not caught';
}
