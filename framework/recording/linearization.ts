/** Why a history is not linearizable, for a page to draw: what was judged, the longest legal order, and those that lead to each operation. */
import { evidenceOf } from '../checkers/linearizability/evidence.js';
import { partialOrders } from '../checkers/linearizability/partial-orders.js';
import { sameResult } from '../checkers/linearizability/problem.js';
import { printState } from '../checkers/linearizability/wording.js';
import { nameOf, type Spec } from '../checkers/spec.js';
import type { AnyOperation, Entry } from '../history/entry.js';
import { operationsOf, type RecordedOperation } from '../history/operations.js';
import type { Failure, Judgement } from '../simulation/judge.js';

/** Operations are given by the index of their invocation in `history`. */
export interface Linearization {
  readonly spec: string;
  /** The key that is illegal, where the specification tells keys apart. */
  readonly key?: string | undefined;
  /** What was judged: the run's history, or a part of it in the words of the specification. */
  readonly history: readonly Entry[];
  /** The operations of the illegal key, which are all that matter here. */
  readonly concerned: readonly number[];
  /** Those that contradict one another, the culprit last. */
  readonly contradiction: readonly number[];
  /** A legal order of what had returned before the culprit, or the end of it. */
  readonly order: readonly number[];
  /** Orders that lead to an operation, itself last, and the state after it if that is known. */
  readonly orders: readonly {
    readonly to: number;
    readonly order: readonly number[];
    readonly state?: string | undefined;
  }[];
}

/** For how many of the last operations an order is looked for. */
const ASKED_MAX = 120;

/**
 * Undefined unless `failure` is what `checkLinearizability` found just now, by whatever specification: a check that words
 * it anew must keep its `order`, by which it is known.
 */
export function linearizationOf({ results }: Judgement, failure: Failure): Linearization | undefined {
  const { result } = results.find(({ property }) => property === failure.promise) ?? {};
  const evidence = result?.verdict === 'invalid' ? evidenceOf(result.violation) : undefined;
  if (evidence === undefined) return undefined;
  const { history, spec, violation } = evidence;
  const { key, order, operations: contradiction } = violation;
  const operations = operationsOf(history);
  const concerned = operations.filter(
    ({ operation, outcome }) => outcome.kind !== 'fail' && (key === undefined || spec.partition?.(operation) === key),
  );
  const end = concerned.find(({ index }) => index === contradiction.at(-1))?.returnIndex ?? history.length;
  const called = concerned.filter(({ index }) => index <= end);
  const asked = [...called.slice(-ASKED_MAX).map(({ index }) => index), ...contradiction];
  const byIndex = new Map(operations.map((one) => [one.index, one]));
  const orders = [...partialOrders(history, spec, violation, asked)]
    .filter(([to]) => asked.includes(to))
    .map(([to, way]) => ({
      to,
      order: way,
      state: stateAfter(
        way.flatMap((one) => byIndex.get(one) ?? []),
        spec,
      ),
    }));
  return {
    spec: nameOf(spec),
    key,
    history,
    concerned: concerned.map(({ index }) => index),
    contradiction,
    order,
    orders,
  };
}

/** The state after `order`, printed; undefined if it is only the end of an order, so that its beginning is not known. */
function stateAfter(order: readonly RecordedOperation[], spec: Spec<unknown, AnyOperation>): string | undefined {
  let { initial: state } = spec;
  for (const { operation, outcome } of order) {
    const next = spec.step(state, operation);
    if (outcome.kind === 'ok' && !sameResult(next.result, outcome.result)) return undefined;
    ({ state } = next);
  }
  return printState(state);
}
