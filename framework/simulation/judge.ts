/**
 * From a run to a verdict. A finding in the run itself (a broken invariant, a mistake in a handler) comes first; then
 * the system's properties judge the history. A run cut short by a limit, or that exercised nothing, is `unknown`.
 */
import { mergeVerdicts, type CheckResult, type Verdict } from '../checkers/verdict.js';
import type { AnyOperation } from '../history/entry.js';
import type { NodeId } from '../world/protocol.js';
import type { Run } from './simulate.js';
import type { Observed, System } from './system.js';

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

export interface Judgement {
  readonly verdict: Verdict;
  readonly failure: Failure | undefined;
  /** Why the verdict is unknown, if it is. */
  readonly reason: string | undefined;
  readonly results: readonly PropertyResult[];
}

/** The promise that every system makes without saying so: after healing it answers. */
const ANSWERS = 'after healing, every request is answered';

/** Judges `run` by the properties of `system`, or by those whose name is in `only`. */
export function judge(system: System, run: Run, only?: readonly string[]): Judgement {
  const { outcome } = run;
  switch (outcome.kind) {
    case 'broken-invariant':
      return invalid(outcome.invariant, 'invariant broken', `${outcome.reason} (${describeWhere(run)})`, []);
    case 'model-error':
      return invalid(
        'handlers run without errors',
        classify(outcome.reason),
        `${outcome.reason} (${describeWhere(run)})`,
        [],
      );
    case 'limit':
      return {
        verdict: 'unknown',
        failure: undefined,
        reason: `${outcome.limit} limit: ${outcome.reason}`,
        results: [],
      };
    case 'completed':
      return judgeHistory(system, run, only);
  }
}

function judgeHistory(system: System, run: Run, only: readonly string[] | undefined): Judgement {
  const observed = observe(run);
  const results: PropertyResult[] = [{ property: ANSWERS, result: everyFinalReadAnswered(run) }];
  for (const property of system.properties)
    if (only?.includes(property.name) ?? true)
      results.push({ property: property.name, result: property.check(observed) });
  const verdict = mergeVerdicts(results.map(({ result }) => result.verdict));
  // What a property says of the history weighs more than the missing answer that may have come with it.
  for (const { property, result } of [...results.slice(1), ...results.slice(0, 1)]) {
    if (result.verdict !== 'invalid') continue;
    const { rule, explanation, operations } = result.violation;
    return { ...invalid(property, rule, explanation, operations), results };
  }
  const unknown = results.find(({ result }) => result.verdict === 'unknown');
  const reason = unknown?.result.verdict === 'unknown' ? `${unknown.property}: ${unknown.result.reason}` : undefined;
  return { verdict, failure: undefined, reason, results };
}

/** What the properties see of a run. */
export function observe(run: Run): Observed<AnyOperation, unknown> {
  const replicas = new Map<NodeId, unknown>();
  let inspected: NodeId | undefined;
  for (const entry of run.history.slice(run.inspectionsFrom)) {
    if (entry.type === 'invoke' && 'node' in entry.operation) inspected = String(entry.operation.node);
    else if (entry.type === 'ok' && inspected !== undefined) replicas.set(inspected, entry.result);
  }
  const { tally, plan, finalReadsFrom } = run;
  return { history: run.history.slice(0, run.inspectionsFrom), finalReadsFrom, replicas, tally, plan };
}

function everyFinalReadAnswered(run: Run): CheckResult {
  const asked = run.history.slice(run.finalReadsFrom, run.inspectionsFrom);
  const answered = asked.filter(({ type }) => type === 'ok').length;
  const wanted = asked.filter(({ type }) => type === 'invoke').length;
  const seen = { finalReads: wanted };
  if (wanted === 0) return { verdict: 'unknown', reason: 'there was no final read', seen };
  if (answered === wanted) return { verdict: 'valid', seen };
  const open = new Map<number, number>();
  for (const [offset, entry] of asked.entries()) {
    if (entry.type === 'invoke') open.set(entry.process, run.finalReadsFrom + offset);
    else if (entry.type === 'ok') open.delete(entry.process);
  }
  const explanation =
    `${wanted - answered} of ${wanted} final reads were not answered, although every fault had been healed for ` +
    `${run.plan.settleMicros} µs when the reads began.`;
  return {
    verdict: 'invalid',
    violation: { rule: 'not available', explanation, operations: [...open.values()] },
    seen,
  };
}

function describeWhere({ outcome }: Run): string {
  if (outcome.kind !== 'broken-invariant' && outcome.kind !== 'model-error') return '';
  const { step, timeMicros, node, doing } = outcome.where;
  return `step ${step}, ${timeMicros} µs, ${node ?? 'no node'}, ${doing}`;
}

/** An error's message without its particulars: what is quoted or numeric differs from run to run. */
const classify = (message: string): string =>
  message
    .replaceAll(/'[^']*'/g, '…')
    .replaceAll(/\d+/g, 'n')
    .slice(0, 120);

function invalid(promise: string, rule: string, explanation: string, operations: readonly number[]): Judgement {
  const failure: Failure = { promise, signature: `${promise}: ${rule}`, explanation, operations };
  return { verdict: 'invalid', failure, reason: undefined, results: [] };
}
