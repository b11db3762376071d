/**
 * From a run to a verdict. A finding in the run itself (a broken invariant, a mistake in a handler) comes first; then
 * the system's properties judge the history. A run cut short by a limit, or that exercised nothing, is `unknown`.
 */
import { mergeVerdicts, type CheckResult, type Verdict, type Violation } from '../checkers/verdict.js';
import type { AnyOperation } from '../history/entry.js';
import { formatTime } from '../kernel/time.js';
import type { NodeId } from '../world/protocol.js';
import { exercisedBy, type Exercised } from './exercised.js';
import type { Run } from './simulate.js';
import type { Observed, Property, System } from './system.js';

export interface PropertyResult {
  readonly property: string;
  readonly result: CheckResult;
}

/** What went wrong, in a form that two runs can be compared by: see `signature`. */
export interface Failure {
  /** What was promised: the property or invariant that failed. */
  readonly promise: string;
  /** `promise: rule`, without particulars. Shrinking keeps to plans with the same signature. */
  readonly signature: string;
  /** Sentences that say what happened. */
  readonly explanation: string;
  /** Indices into the run's history of the invocations that show it. */
  readonly operations: readonly number[];
}

/** What was found of a run. `invalid` outweighs `unknown`, which outweighs `valid`. */
export interface Judgement {
  readonly verdict: Verdict;
  /** The failure that weighs most; `failures` has them all. */
  readonly failure: Failure | undefined;
  readonly failures: readonly Failure[];
  /** Why the verdict is unknown, if it is. */
  readonly reason: string | undefined;
  /** The run was cut short by a limit: it proved nothing, and might have failed. */
  readonly undecided: boolean;
  readonly results: readonly PropertyResult[];
  /** What all of this was judged on. */
  readonly exercised: Exercised;
}

/** The promises that every system makes without saying so: after healing it answers, and its code does not fail. */
const ANSWERS = 'after healing, every request is answered';
const NO_ERRORS = 'handlers run without errors';
export const PROMISES_OF_ALL: readonly string[] = [ANSWERS, NO_ERRORS];

/** Judges `run` by the properties of `system`, or by those whose name is in `only`. */
export function judge(system: System, run: Run, only?: readonly string[]): Judgement {
  return { ...verdictOf(system, run, only), exercised: exercisedBy(run) };
}

type Judged = Omit<Judgement, 'exercised'>;

function verdictOf(system: System, run: Run, only: readonly string[] | undefined): Judged {
  const { outcome } = run;
  switch (outcome.kind) {
    case 'broken-invariant':
      return invalid(outcome.invariant, 'invariant broken', `${outcome.reason} (${describeWhere(run)})`, []);
    case 'model-error':
      return invalid(NO_ERRORS, classify(outcome.reason), `${outcome.reason} (${describeWhere(run)})`, []);
    case 'limit':
      return {
        verdict: 'unknown',
        failure: undefined,
        failures: [],
        undecided: true,
        reason: `${outcome.limit} limit: ${outcome.reason}`,
        results: [],
      };
    case 'completed':
      return judgeHistory(system, run, only);
  }
}

function judgeHistory(system: System, run: Run, only: readonly string[] | undefined): Judged {
  const observed = observe(run);
  const results: PropertyResult[] = [{ property: ANSWERS, result: everyRequestAnswered(run) }];
  for (const property of system.properties)
    if (only?.includes(property.name) ?? true)
      results.push({ property: property.name, result: checked(property, observed) });
  const verdict = mergeVerdicts(results.map(({ result }) => result.verdict));
  // What a property says of the history weighs more than the missing answer that may have come with it.
  const failures = [...results.slice(1), ...results.slice(0, 1)].flatMap(({ property, result }): Failure[] => {
    if (result.verdict !== 'invalid') return [];
    const { rule, explanation, operations } = result.violation;
    return [{ promise: property, signature: `${property}: ${rule}`, explanation, operations }];
  });
  const unknown = results.find(({ result }) => result.verdict === 'unknown');
  const reason =
    failures.length === 0 && unknown?.result.verdict === 'unknown'
      ? `${unknown.property}: ${unknown.result.reason}`
      : undefined;
  return { verdict, failure: failures[0], failures, reason, undecided: false, results };
}

const VERDICTS: readonly unknown[] = ['valid', 'invalid', 'unknown'];

/** A property's answer. One that throws, or answers something else, fails: it must not pass for having judged. */
function checked(property: Property<AnyOperation, unknown>, observed: Observed<AnyOperation, unknown>): CheckResult {
  const broken = (rule: string, explanation: string): CheckResult => ({
    verdict: 'invalid',
    violation: { rule, explanation, operations: [] },
    seen: {},
  });
  try {
    const result: unknown = property.check(observed);
    if (typeof result === 'object' && result !== null && 'verdict' in result && VERDICTS.includes(result.verdict))
      return result as CheckResult;
    const expected = "{ verdict: 'valid' | 'invalid' | 'unknown', … }";
    const given = isPromise(result) ? 'a promise (checks are synchronous)' : JSON.stringify(result);
    return broken('the check gave no verdict', `The property returned ${given}; expected ${expected}.`);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return broken('the check threw', `The property threw ${text.split('\n').slice(0, 3).join(' ')}`);
  }
}

const isPromise = (value: unknown): boolean => typeof value === 'object' && value !== null && 'then' in value;

/** What the properties see of a run. */
export function observe(run: Run): Observed<AnyOperation, unknown> {
  const replicas = new Map<NodeId, unknown>();
  let inspected: NodeId | undefined;
  for (const entry of run.history.slice(run.inspectionsFrom)) {
    if (entry.type === 'invoke' && 'node' in entry.operation) inspected = String(entry.operation.node);
    else if (entry.type === 'ok' && inspected !== undefined) replicas.set(inspected, entry.result);
  }
  const { tally, plan, probesFrom, finalReadsFrom } = run;
  const history = run.history.slice(0, run.inspectionsFrom);
  return { history, probesFrom, finalReadsFrom, replicas, tally, plan };
}

/** Probes and final reads are asked of a system that has healed: each must be answered with ok. */
function everyRequestAnswered(run: Run): CheckResult {
  const { history, probesFrom, finalReadsFrom, inspectionsFrom } = run;
  const open = new Map<number, number>();
  const refused: number[] = [];
  const reasons = new Set<string>();
  const seen = { probes: 0, finalReads: 0 };
  for (let index = probesFrom; index < inspectionsFrom; index++) {
    const entry = history[index];
    if (entry === undefined) continue;
    if (entry.type === 'invoke') {
      if (index < finalReadsFrom) seen.probes++;
      else seen.finalReads++;
      open.set(entry.process, index);
      continue;
    }
    const asked = open.get(entry.process);
    open.delete(entry.process);
    if (entry.type === 'ok' || asked === undefined) continue;
    refused.push(asked);
    reasons.add(entry.reason);
  }
  const forgotten = neverCompleted(run);
  if (forgotten !== undefined) return { verdict: 'invalid', violation: forgotten, seen };
  if (seen.probes + seen.finalReads === 0)
    return { verdict: 'unknown', reason: 'there was neither a probe nor a final read', seen };
  const operations = [...refused, ...open.values()].sort((one, other) => one - other);
  if (operations.length === 0) return { verdict: 'valid', seen };
  const kinds = [
    counted(operations.filter((index) => index < finalReadsFrom).length, seen.probes, 'probes'),
    counted(operations.filter((index) => index >= finalReadsFrom).length, seen.finalReads, 'final reads'),
  ].filter((text) => text !== undefined);
  const told = reasons.size === 0 ? '' : ` Clients were told: ${[...reasons].join('; ')}.`;
  const explanation =
    `${kinds.join(' and ')} were not answered with ok, although every fault had been healed for ` +
    `${formatTime(run.plan.settleMicros)} before the first of them.${told}`;
  return { verdict: 'invalid', violation: { rule: 'not available', explanation, operations }, seen };
}

const counted = (some: number, all: number, what: string): string | undefined =>
  some === 0 ? undefined : `${some} of ${all} ${what}`;

/** An operation of the workload that is still open at the end: its client neither completed it nor gave it up. */
function neverCompleted(run: Run): Violation | undefined {
  const open = new Map<number, number>();
  for (const [index, entry] of run.history.slice(0, run.probesFrom).entries())
    if (entry.type === 'invoke') open.set(entry.process, index);
  for (const { type, process } of run.history) if (type !== 'invoke') open.delete(process);
  const [first] = [...open.values()];
  const entry = first === undefined ? undefined : run.history[first];
  if (first === undefined || entry?.type !== 'invoke') return undefined;
  const explanation =
    `Process ${entry.process} never completed '${entry.operation.kind}', invoked at ${formatTime(entry.time)}: ` +
    `a client must end each operation with ctx.ok, ctx.fail or ctx.info, and needs a timer for when no answer comes.`;
  return { rule: 'operation never completed', explanation, operations: [first] };
}

function describeWhere({ outcome }: Run): string {
  if (outcome.kind !== 'broken-invariant' && outcome.kind !== 'model-error') return '';
  const { step, timeMicros, node, doing } = outcome.where;
  return `step ${step}, ${formatTime(timeMicros)}, ${node ?? 'no node'}, ${doing}`;
}

/** An error's message without its particulars: what is quoted or numeric differs from run to run. */
const classify = (message: string): string =>
  message
    .replaceAll(/'[^']*'/g, '…')
    .replaceAll(/\d+/g, 'n')
    .slice(0, 120);

function invalid(promise: string, rule: string, explanation: string, operations: readonly number[]): Judged {
  const failure: Failure = { promise, signature: `${promise}: ${rule}`, explanation, operations };
  return { verdict: 'invalid', failure, failures: [failure], reason: undefined, undecided: false, results: [] };
}
