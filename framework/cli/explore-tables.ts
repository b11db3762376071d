/** What `explore` prints when it is through: what each system went through, its findings, and a line for each target. */
import pc from 'picocolors';
import type { CampaignSummary, RawFinding } from '../explore/campaign.js';
import type { FindingGroup } from '../explore/finding-groups.js';
import { planSize } from '../plan/size.js';
import { cut, describeFound, wrap } from '../report/describe.js';
import { describeCounts, describeExercised } from '../report/exercised.js';
import type { System } from '../simulation/system.js';
import { table, type Cell } from './table.js';

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
  readonly groups: readonly SavedGroup[];
  readonly divergences: number;
  readonly interrupted: boolean;
}

/** Whether a mutant that was to be caught has been, by the promise that it names. */
export const isCaught = ({ system, mutant, expected }: Target, { failure }: RawFinding): boolean =>
  expected && mutant !== undefined && failure.promise === system.mutants[mutant]?.caughtBy;

/** The findings that differ, where there is more than one: what each takes, and the command for its smallest plan. */
export function printGroups(label: string, groups: readonly SavedGroup[]): void {
  if (groups.length < 2) return;
  const lines = groups.flatMap(({ group: { signature, shape, count, essence }, command }) => {
    const takes = shape.length === 0 ? 'no fault' : shape.join(', ');
    const size = planSize(essence.shrunk.plan);
    return [`  ${signature}`, `    takes ${takes}; size ${size}, the smallest of ${count}`, `    ${command}`];
  });
  process.stdout.write(`${pc.bold(label)}: ${groups.length} different findings\n${lines.join('\n')}\n\n`);
}

const COLUMNS = 120;
/** Of the columns beside a property's name. */
const COUNTS_COLUMNS = 36;
const JUDGED_ON_COLUMNS_MIN = 30;
/** So that the table fits. */
const PROMISE_COLUMNS_MAX = 28;

/** Sizes are those of the shrunk plans; of mutants, beside those of the smallest schedules known. */
export function printTable(results: readonly TargetResult[]): void {
  const withKnown = results.some(({ target }) => target.mutant !== undefined);
  for (const { target, summary } of results) if (target.mutant === undefined) printExercised(summary);
  const rows = results.map((result): Cell[] => {
    const { target, summary, groups, divergences } = result;
    const sizes = groups.map(({ group }) => planSize(group.essence.shrunk.plan));
    const [first] = summary.findings;
    const verdict = divergences > 0 ? 'not deterministic' : describeVerdict(result);
    return [
      summary.system,
      summary.mutant ?? '–',
      summary.seeds,
      summary.steps,
      verdict,
      first === undefined ? '–' : `${describeFound(first)}: ${cut(first.failure.promise, PROMISE_COLUMNS_MAX)}`,
      sizes[0] ?? '–',
      ...(withKnown ? [target.system.mutants[target.mutant ?? '']?.smallestSchedule ?? '–'] : []),
    ];
  });
  const headings = [
    ...['system', 'mutant', 'seeds', 'steps', 'verdict', 'first finding', 'size'],
    ...(withKnown ? ['known'] : []),
  ];
  process.stdout.write(`${table(headings, rows)}\n`);
  const mutants = results.filter(({ target }) => target.expected);
  if (mutants.length > 0) {
    const caught = mutants.filter(({ target, summary }) => summary.findings.some((found) => isCaught(target, found)));
    const seeds = mutants.reduce((sum, { summary }) => sum + summary.seeds, 0);
    process.stdout.write(`caught ${caught.length} of ${mutants.length} mutants, in ${seeds} seeds\n`);
  }
  for (const { target, summary } of results)
    if (summary.reason !== undefined && !target.expected)
      process.stdout.write(
        `${[summary.system, summary.mutant ?? []].flat().join(' · ')} is inconclusive: ${summary.reason}\n`,
      );
}

/** What a system's runs really went through: without it, a green line proves nothing. */
function printExercised(summary: CampaignSummary): void {
  const { system, properties } = summary;
  process.stdout.write(`${pc.bold(system)} ${wrap(describeExercised(summary), { columns: 100, indent: 2 })}\n`);
  const names = Object.keys(properties).map((name) => name.length);
  const columns = Math.max(JUDGED_ON_COLUMNS_MIN, COLUMNS - Math.max(0, ...names) - COUNTS_COLUMNS);
  const rows = Object.entries(properties).flatMap(([name, { runs, seen }]): Cell[][] => {
    const [first = '', ...more] = wrap(describeCounts(seen), { columns, indent: 0 }).split('\n');
    return [
      [`  ${name}`, runs.valid, runs.unknown, runs.invalid, first],
      ...more.map((text): Cell[] => ['', '', '', '', text]),
    ];
  });
  process.stdout.write(`${table(['  property', 'valid', 'unknown', 'invalid', 'judged on'], rows)}\n\n`);
}

export function printDeterminism(results: readonly TargetResult[]): void {
  const seeds = results.reduce((sum, { summary }) => sum + summary.seeds, 0);
  if (results.some(({ divergences }) => divergences > 0)) return;
  process.stdout.write(
    `determinism: ${seeds} seeds, each run in a campaign, twice by itself and through immer: no difference\n`,
  );
}

function describeVerdict({ target, summary: { verdict, findings }, interrupted }: TargetResult): string {
  const { mutant, expected } = target;
  if (mutant === undefined || !expected) return interrupted ? `${verdict} (interrupted)` : verdict;
  if (findings.some((found) => isCaught(target, found))) return 'caught';
  return findings.length > 0 ? 'caught by another promise' : 'not caught';
}
