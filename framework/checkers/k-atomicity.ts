/**
 * k-atomicity: linearizability in which a read may return any of the k latest values (A. Aiyer, L. Alvisi, R. Bazzi, "On
 * the availability of non-strict quorum systems", DISC 2005). 1-atomic is linearizable; quorum systems that miss one write
 * are 2-atomic. Decided as linearizability, of a register that remembers its last k values.
 */
import type { AnyOperation, Entry, History } from '../history/entry.js';
import { operationsOf, type RecordedOperation } from '../history/operations.js';
import { describeOperation, describeRecorded } from '../history/vocabulary.js';
import { invariant } from '../kernel/invariant.js';
import { equal } from './equal.js';
import { checkLinearizability, type LinearizabilityOptions, type LinearizabilityResult } from './linearizability.js';
import { sameResult } from './linearizability/problem.js';
import type { Spec } from './spec.js';
import type { CheckResult } from './verdict.js';

/** A read that asks whether what it saw is among the latest values, so that there is one right answer. */
type Remembered = AnyOperation & { readonly key: string } & (
    { readonly kind: 'write'; readonly value: unknown } | { readonly kind: 'read'; readonly saw: unknown }
  );

const remembering = (k: number, initial: unknown): Spec<readonly unknown[], Remembered> => ({
  name: `register that remembers ${k} values`,
  initial: [initial],
  step: (state, operation) =>
    operation.kind === 'write'
      ? { state: [operation.value, ...state].slice(0, k), result: null }
      : { state, result: state.some((value) => equal(value, operation.saw)) },
  partition: ({ key }) => key,
  readOnly: ({ kind }) => kind === 'read',
});

/**
 * Judges `history` by `spec`, whose reads and writes `asRegister` tells, key by key.
 *
 * - `invalid`: the operations named are enough to show it.
 * - `unknown`: a bound was reached, nothing was read, or there are operations other than plain reads and writes.
 *
 * Throws when the history is not well-formed, or k is no positive whole number. Exponential in the number of overlapping
 * operations at worst, and bounded.
 */
export function checkKAtomicity<State, O extends AnyOperation>(
  history: History<O>,
  spec: Spec<State, O>,
  { k, ...options }: LinearizabilityOptions & { readonly k: number },
): CheckResult {
  invariant(Number.isSafeInteger(k) && k > 0, () => `k is the number of latest values, 1 or more; got ${k}`);
  const operations = operationsOf(history);
  const entries: (Entry<Remembered> | undefined)[] = history.map(() => undefined);
  for (const recorded of operations) {
    const { index, returnIndex, process, operation, outcome } = recorded;
    const access = spec.asRegister?.(operation);
    if (access === undefined) {
      const reason = `${describeOperation(operation)} (process ${process}) is neither a plain read nor a plain write`;
      return { verdict: 'unknown', reason, seen: {} };
    }
    const key = spec.partition?.(operation) ?? '';
    const remembered: Remembered =
      access.kind === 'write'
        ? { kind: 'write', key, value: access.value ?? null }
        : { kind: 'read', key, saw: outcome.kind === 'ok' ? (outcome.result ?? null) : null };
    const { invokedAt } = recorded;
    entries[index] = { type: 'invoke', process, time: invokedAt, operation: remembered };
    // A read is right if what it saw is remembered, a write if it returned what writes do.
    const answer = (result: unknown): boolean | null => {
      if (access.kind === 'read') return true;
      return sameResult(spec.step(spec.initial, operation).result, result) ? null : false;
    };
    const end = returnIndex === null ? undefined : history[returnIndex];
    if (returnIndex !== null && end !== undefined && end.type !== 'invoke')
      entries[returnIndex] = end.type === 'ok' ? { ...end, result: answer(end.result) } : end;
  }
  const remembered = entries.filter((entry) => entry !== undefined);
  const result = checkLinearizability(remembered, remembering(k, spec.initial ?? null), options);
  return tell(result, operations, k);
}

function tell<O extends AnyOperation>(
  result: LinearizabilityResult,
  operations: readonly RecordedOperation<O>[],
  k: number,
): CheckResult {
  if (result.verdict !== 'invalid') return result;
  const named = result.violation.operations.flatMap((index) => operations.find((one) => one.index === index) ?? []);
  const culprit = named.at(-1);
  const others = named.slice(0, -1).map(describeRecorded);
  const with_ = others.length === 0 ? '' : ` together with ${others.join(', ')}`;
  const explanation =
    `${culprit === undefined ? 'a read' : describeRecorded(culprit)} is explained by no order in which each read returns ` +
    `${k === 1 ? 'the latest value' : `one of the ${k} latest values`}${with_}.`;
  const { seen, violation } = result;
  return {
    verdict: 'invalid',
    violation: { rule: `not ${k}-atomic`, explanation, operations: violation.operations },
    seen,
  };
}
