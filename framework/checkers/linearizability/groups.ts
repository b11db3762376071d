/**
 * A history split into the problems that the linearizability search solves: one per key, each with its calls and returns
 * in the order of the history. Failed operations had no effect and are left out.
 */
import type { AnyOperation, History } from '../../history/entry.js';
import { operationsOf, type RecordedOperation } from '../../history/operations.js';
import type { Certainty, Placeable } from './problem.js';
import { nameOf, type Spec } from '../spec.js';
import { invariant } from '../../kernel/invariant.js';
import type { Seen } from '../verdict.js';

/** What only those can get wrong who have no compiler. */
function requireSpec(spec: unknown): void {
  const isSpec = typeof spec === 'object' && spec !== null && 'initial' in spec && 'step' in spec;
  invariant(isSpec, 'a specification is needed: an object with `initial` and `step(state, operation)`');
}

function requireUnderstood<State, O extends AnyOperation>(operation: O, spec: Spec<State, O>): void {
  const stepped: unknown = spec.step(spec.initial, operation);
  invariant(
    stepped !== undefined,
    () => `the specification '${nameOf(spec)}' does not know '${operation.kind}': its step returned undefined`,
  );
}

/** The operations of one key and their calls and returns in the order of the history. */
export interface Group<O extends AnyOperation> {
  /** Undefined when the spec does not partition. */
  readonly key: string | undefined;
  readonly operations: Judged<O>[];
  readonly events: number[];
}

/** An operation as the search sees it, and where it comes from. */
export interface Judged<O extends AnyOperation> extends Placeable<O> {
  readonly recorded: RecordedOperation<O>;
}

/** One pass over the history: operations by key, their events in order, and the counts. O(n). */
export function groupByKey<State, O extends AnyOperation>(
  history: History<O>,
  spec: Spec<State, O>,
): { readonly groups: readonly Group<O>[]; readonly seen: Seen } {
  requireSpec(spec);
  const recordedOperations = operationsOf(history);
  const kinds = new Set<string>();
  const groups: Group<O>[] = [];
  const places = new Map<string | undefined, number>();
  /** By the index of a completion, the group and the operation that it returns from; -1 where nothing is judged. */
  const returnsIn = new Int32Array(history.length).fill(-1);
  const returnsFrom = new Int32Array(history.length);
  let completed = 0;
  let info = 0;
  let concurrency = 0;
  let concurrencyMax = 0;
  let place = 0;
  for (let index = 0; index < history.length; index++) {
    const recorded = recordedOperations[place];
    if (recorded?.index !== index) {
      concurrency--;
      groups[returnsIn[index] as number]?.events.push(2 * (returnsFrom[index] as number) + 1);
      continue;
    }
    place++;
    concurrency++;
    if (concurrency > concurrencyMax) concurrencyMax = concurrency;
    const { operation, outcome, returnIndex } = recorded;
    if (outcome.kind === 'fail') continue;
    if (!kinds.has(operation.kind)) {
      requireUnderstood(operation, spec);
      kinds.add(operation.kind);
    }
    const key = spec.partition?.(operation);
    let at = places.get(key);
    if (at === undefined) {
      at = groups.length;
      places.set(key, at);
      groups.push({ key, operations: [], events: [] });
    }
    const group = groups[at] as Group<O>;
    const id = group.operations.length;
    const ok = outcome.kind === 'ok';
    const certainty: Certainty = ok ? 'completed' : 'pending';
    group.operations.push({ recorded, operation, certainty, result: ok ? outcome.result : null });
    group.events.push(2 * id);
    if (ok && returnIndex !== null) {
      returnsIn[returnIndex] = at;
      returnsFrom[returnIndex] = id;
    }
    if (ok) completed++;
    else info++;
  }
  const seen = { operations: recordedOperations.length, completed, info, keys: groups.length, concurrencyMax };
  return { groups, seen };
}
