/**
 * What runs added up to, as plain data: parts of a campaign can be run by different threads, written to a ledger, and put
 * together again. From the totals follows what the campaign has established.
 */
import type { CheckResult, Verdict } from '../checkers/verdict.js';
import { FAULT_KINDS, faultType } from '../faults/fault.js';
import type { Exercised } from '../simulation/exercised.js';
import type { Judgement } from '../simulation/judge.js';
import type { Run } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import { emptyTally, type Tally } from '../world/world.js';

/** How often a property was judged, and what it was judged on. */
export interface PropertySummary {
  readonly runs: Readonly<Record<Verdict, number>>;
  /** What the property saw: sums over all runs, but the largest where the name ends in Max or Micros. */
  readonly seen: Readonly<Record<string, number>>;
}

export interface Totals {
  seeds: number;
  steps: number;
  readonly runs: Record<Verdict, number>;
  /** Sums over all runs, but the largest concurrency. */
  exercised: Exercised;
  readonly tally: Tally;
  /** By name, in the order in which the properties are judged. */
  readonly properties: Record<
    string,
    { readonly runs: Record<Verdict, number>; readonly seen: Record<string, number> }
  >;
  /** Runs cut short by a limit. */
  undecided: number;
  /** How many runs proved nothing, by reason. */
  readonly unknownReasons: Record<string, number>;
}

export const noTotals = (): Totals => ({
  seeds: 0,
  steps: 0,
  runs: { valid: 0, invalid: 0, unknown: 0 },
  exercised: { operations: 0, concurrencyMax: 0, faults: 0, faultsOverlapped: 0 },
  tally: emptyTally(),
  properties: {},
  undecided: 0,
  unknownReasons: {},
});

/** Counts one run in. */
export function addRun(totals: Totals, run: Run, judgement: Judgement): void {
  const { verdict, exercised, results, undecided, reason } = judgement;
  totals.seeds++;
  totals.steps += run.steps;
  totals.runs[verdict]++;
  totals.exercised = addExercised(totals.exercised, exercised);
  addTally(totals.tally, run.tally);
  for (const { property, result } of results) addResult(totals, property, result);
  if (undecided) totals.undecided++;
  if (reason !== undefined) totals.unknownReasons[reason] = (totals.unknownReasons[reason] ?? 0) + 1;
}

/** Counts `more` in, which are the totals of other runs. */
export function addTotals(totals: Totals, more: Totals): void {
  totals.seeds += more.seeds;
  totals.steps += more.steps;
  addRuns(totals.runs, more.runs);
  totals.exercised = addExercised(totals.exercised, more.exercised);
  addTally(totals.tally, more.tally);
  for (const [property, { runs, seen }] of Object.entries(more.properties)) {
    const summary = propertyIn(totals, property);
    addRuns(summary.runs, runs);
    addSeen(summary.seen, seen);
  }
  totals.undecided += more.undecided;
  for (const [reason, count] of Object.entries(more.unknownReasons))
    totals.unknownReasons[reason] = (totals.unknownReasons[reason] ?? 0) + count;
}

function addExercised(one: Exercised, other: Exercised): Exercised {
  return {
    operations: one.operations + other.operations,
    concurrencyMax: Math.max(one.concurrencyMax, other.concurrencyMax),
    faults: one.faults + other.faults,
    faultsOverlapped: one.faultsOverlapped + other.faultsOverlapped,
  };
}

function addTally(sum: Tally, more: Readonly<Tally>): void {
  for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += more[name];
}

function addRuns(sum: Record<Verdict, number>, more: Readonly<Record<Verdict, number>>): void {
  for (const verdict of Object.keys(sum) as Verdict[]) sum[verdict] += more[verdict];
}

function addSeen(sum: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(more)) {
    const before = sum[name] ?? 0;
    sum[name] = /(Max|Micros)$/.test(name) ? Math.max(before, value) : before + value;
  }
}

const propertyIn = ({ properties }: Totals, name: string) =>
  (properties[name] ??= { runs: { valid: 0, invalid: 0, unknown: 0 }, seen: {} });

function addResult(totals: Totals, property: string, { verdict, seen }: CheckResult): void {
  const summary = propertyIn(totals, property);
  summary.runs[verdict]++;
  addSeen(summary.seen, seen);
}

/** Why runs without findings prove nothing, if they do not. `claimed`: see `claimedFaults`. */
export function doubtOf(claimed: readonly string[], totals: Totals): string | undefined {
  const { seeds, undecided, unknownReasons, properties, runs, tally } = totals;
  if (seeds === 0) return 'no seed was run';
  const unexercised = claimed.filter((name) => happened(name, tally) === 0);
  if (unexercised.length > 0) return `never exercised, though tolerated: ${unexercised.join(', ')}; run more seeds`;
  if (undecided > 0) {
    const limit = Object.keys(unknownReasons).find((reason) => /^(steps|time|queue) limit/.test(reason));
    return `${undecided} of ${seeds} runs were cut short (${limit ?? 'a limit'}), and might have failed`;
  }
  for (const [property, judged] of Object.entries(properties))
    if (judged.runs.valid === 0)
      return `'${property}' was never established: it was unknown in all ${judged.runs.unknown} runs`;
  if (runs.valid > runs.unknown) return undefined;
  const [most] = Object.entries(unknownReasons).sort(([, one], [, other]) => other - one);
  return `${runs.unknown} of ${seeds} runs proved nothing${most === undefined ? '' : `, mostly: ${most[0]}`}`;
}

/** What `system` claims to tolerate, by name: the kinds of fault, `maybe` for its fault points, `drop` and `duplicate`. */
export function claimedFaults({ tolerates }: Pick<System, 'tolerates'>): string[] {
  return [
    ...FAULT_KINDS.filter((kind) => tolerates[kind] !== undefined),
    ...(tolerates.maybe === undefined ? [] : ['maybe']),
    ...(tolerates.dropPerMillionMax > 0 ? ['drop'] : []),
    ...(tolerates.duplicatePerMillionMax > 0 ? ['duplicate'] : []),
  ];
}

/** How often what is so called happened. */
function happened(name: string, tally: Readonly<Tally>): number {
  const counted: Readonly<Record<string, keyof Tally>> = {
    maybe: 'pointsFired',
    drop: 'dropped',
    duplicate: 'duplicated',
  };
  const kind = FAULT_KINDS.find((one) => one === name);
  const counter = kind === undefined ? counted[name] : faultType(kind).exercised;
  return counter === undefined ? 0 : tally[counter];
}
