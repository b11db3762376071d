/**
 * Why a history is not linearizable, in few operations and plain words. The culprit is the operation whose return makes
 * the history illegal: up to it all can be explained. Around it as many operations as possible are set free (they may
 * then take effect at any time or never), as long as no legal order appears. What is left contradicts itself whatever
 * the others did. Merely leaving writes out would not do: a read without its write is always illegal.
 */
import type { AnyOperation } from '../../history/entry.js';
import { invariant } from '../../kernel/invariant.js';
import { sameState } from './state-table.js';
import type { Group, Judged } from './groups.js';
import { wordIllegal } from './wording.js';
import { searchFrontier } from './frontier-search.js';
import type { Certainty, Placeable, Problem } from './problem.js';
import type { Spec } from '../spec.js';
import type { Violation } from '../verdict.js';

/** What explaining may cost, in configurations: an attempt to set operations free, and all together. */
const attemptMax = (operations: number): number => 1_000 + 20 * operations;
const explanationMax = (operations: number): number => 20_000 + 40 * operations;
/** Of a long history the last few operations are tried first, so many of them, then four times as many, and so on. */
const WINDOW_MIN = 16;
/** What else the culprit could have returned is not asked of histories longer than this. */
const ANSWERED_MAX = 2_000;
/** From how many events before the culprit's return a legal order is told. */
const TOLD_EVENTS = 200;
const TOLD_MAX = 100_000_000;
/** And how much it may cost to tell it with the state it leads to, where states are forgotten. */
const TOLD_EXACTLY_MAX = 2_000_000;
const FRONTIER_MAX = 1_000_000;

/** The part of an illegal history that is illegal by itself. */
export interface Contradiction<O extends AnyOperation> {
  readonly key: string | undefined;
  /** All operations of the key that had been called when the culprit returned. */
  readonly candidates: readonly Judged<O>[];
  /** Those that contradict the culprit, in the order of their calls. */
  readonly kept: readonly Judged<O>[];
  readonly culprit: Judged<O>;
  /** A legal order of what had returned before the culprit, or the end of it. */
  readonly order: readonly Judged<O>[];
}

/**
 * A legal order up to `stuckAt`, as far as the search gets (none if it would take too long), and the state after it, if
 * that is known.
 */
function tellOrder<State, O extends AnyOperation>(
  group: Group<O>,
  spec: Spec<State, O>,
  stuckAt: number,
): { readonly order: readonly number[]; readonly state?: State } {
  const bounds = { frontierMax: FRONTIER_MAX, trailsFrom: Math.max(0, stuckAt - TOLD_EVENTS) };
  const forgets = spec.forget !== undefined;
  const configurationsMax = forgets ? TOLD_EXACTLY_MAX : TOLD_MAX;
  const exact = searchFrontier(group, spec, { ...bounds, configurationsMax, exact: true });
  if (exact.kind === 'illegal') return exact;
  if (!forgets) return { order: [] };
  const { kind, order } = searchFrontier(group, spec, { ...bounds, configurationsMax: TOLD_MAX });
  return { order: kind === 'illegal' ? order : [] };
}

/** A violation that can be drawn. Operations are given by the index of their invocation in the history. */
export interface LinearizabilityViolation extends Violation {
  /** The key that is illegal; undefined if the specification does not tell keys apart. */
  readonly key: string | undefined;
  /** A legal order of what had returned before the culprit, or the end of it: a place for all but one. */
  readonly order: readonly number[];
  /** So many entries of the history are illegal by themselves, and one less are not: up to the culprit's return. */
  readonly illegalPrefix: number;
}

/** The violation in `group`, whose event `stuckAt` is the return that no order gets past. */
export function explainIllegal<State, O extends AnyOperation>(
  group: Group<O>,
  spec: Spec<State, O>,
  stuckAt: number,
): LinearizabilityViolation {
  const search = tellOrder(group, spec, stuckAt);
  const culpritId = (group.events[stuckAt] ?? -1) >> 1;
  const culprit = group.operations[culpritId];
  invariant(culprit !== undefined, 'an illegal history has an operation that cannot be placed');
  const events = group.events.slice(0, stuckAt + 1);
  const certainties = certaintiesIn(group, events);
  const ids = new Set(events.map((event) => event >> 1));
  ids.delete(culpritId);
  setFree({ group, spec, events, certainties, ids: [...ids] });
  const pick = (id: number): Judged<O>[] => group.operations.slice(id, id + 1);
  const kept = [...ids].filter((id) => certainties[id] !== 'free').flatMap(pick);
  const order = search.order.flatMap(pick);
  const contradiction = { key: group.key, candidates: [...ids].flatMap(pick), kept, culprit, order };
  return {
    rule: 'not linearizable',
    explanation: wordIllegal(contradiction, spec, {
      legalAnswers: legalAnswers(group, spec, { events, culpritId }),
      returned: events.filter((event) => (event & 1) === 1).length,
      ...('state' in search ? { state: search.state } : {}),
    }),
    operations: [...kept, culprit].map(({ recorded }) => recorded.index),
    key: group.key,
    illegalPrefix: (culprit.recorded.returnIndex ?? -1) + 1,
    order: order.map(({ recorded }) => recorded.index),
  };
}

/** What is certain once only `events` have happened: what has not returned is pending. */
function certaintiesIn<O extends AnyOperation>(group: Group<O>, events: readonly number[]): Certainty[] {
  const returned = new Set(events.filter((event) => (event & 1) === 1).map((event) => event >> 1));
  return group.operations.map((_, id) => (returned.has(id) ? 'completed' : 'pending'));
}

interface Freeing<State, O extends AnyOperation> {
  readonly group: Group<O>;
  readonly spec: Spec<State, O>;
  readonly events: readonly number[];
  /** Changed in place. */
  readonly certainties: Certainty[];
  /** The operations that may be set free, by call. */
  readonly ids: readonly number[];
}

/** Sets as many operations free as the budget allows: chunks first, halved down to single ones (A. Zeller's ddmin). */
function setFree<State, O extends AnyOperation>({ group, spec, events, certainties, ids }: Freeing<State, O>): void {
  let budget = explanationMax(ids.length);
  const illegalWithout = (chunk: readonly number[]): boolean => {
    const tried = certainties.slice();
    for (const id of chunk) tried[id] = 'free';
    const relaxed = relax(group, spec, { events, certainties: tried });
    const bounds = {
      configurationsMax: Math.min(attemptMax(relaxed.events.length), budget),
      frontierMax: FRONTIER_MAX,
    };
    const search = searchFrontier(relaxed, spec, bounds);
    budget -= search.configurations + 1;
    if (search.kind !== 'illegal') return false;
    for (const id of chunk) certainties[id] = 'free';
    return true;
  };
  for (let window = WINDOW_MIN; window < ids.length; window *= 4)
    if (illegalWithout(ids.slice(0, ids.length - window))) break;
  const bound = ids.filter((id) => certainties[id] !== 'free');
  for (let size = bound.length; size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let from = 0; from < bound.length && budget > 0; from += size) {
      const chunk = bound.slice(from, from + size).filter((id) => certainties[id] !== 'free');
      if (chunk.length > 0) illegalWithout(chunk);
    }
}

/**
 * The same problem with other certainties. What is free is called first of all and never returns; what would go on
 * changing the state each time (an append) is free to take effect once.
 */
function relax<State, O extends AnyOperation>(
  group: Group<O>,
  spec: Spec<State, O>,
  where: { readonly events: readonly number[]; readonly certainties: readonly Certainty[] },
): Problem<O> {
  const operations: Placeable<O>[] = [];
  const places = new Map<number, number>();
  const place = (id: number): number => {
    const known = places.get(id);
    if (known !== undefined) return known;
    places.set(id, operations.length);
    const one = group.operations[id] as Judged<O>;
    const certainty = where.certainties[id] ?? one.certainty;
    const again = certainty !== 'free' || isIdempotent(one.operation, spec) ? certainty : 'pending';
    return operations.push({ ...one, certainty: again }) - 1;
  };
  const free: number[] = [];
  const bound: number[] = [];
  for (const event of where.events) {
    const id = event >> 1;
    if (where.certainties[id] !== 'free') bound.push(2 * place(id) + (event & 1));
    else if ((event & 1) === 0) free.push(2 * place(id));
  }
  return { operations, events: [...free, ...bound] };
}

function isIdempotent<State, O extends AnyOperation>(operation: O, spec: Spec<State, O>): boolean {
  const once = spec.step(spec.initial, operation).state;
  return sameState(spec, spec.step(once, operation).state, once);
}

/** What the culprit could have returned instead, up to four answers; undefined when that could not be established. */
function legalAnswers<State, O extends AnyOperation>(
  group: Group<O>,
  spec: Spec<State, O>,
  where: { readonly events: readonly number[]; readonly culpritId: number },
): readonly unknown[] | undefined {
  const { events, culpritId } = where;
  const culprit = group.operations[culpritId];
  if (culprit === undefined) return undefined;
  const certainties = certaintiesIn(group, events);
  const operationCount = events.length >> 1;
  if (operationCount > ANSWERED_MAX) return undefined;
  const bounds = { configurationsMax: attemptMax(operationCount), frontierMax: FRONTIER_MAX };
  const answers: unknown[] = [];
  let accepted: readonly unknown[] = [];
  // Every result that the culprit is offered during a search is recorded, then given back as the one it returned.
  const step = (state: State, operation: O): ReturnType<typeof spec.step> => {
    const stepped = spec.step(state, operation);
    if (operation === culprit.operation) answers.push(stepped.result ?? null);
    return stepped;
  };
  // Not a copy: a specification may be an object of a class.
  const recording = Object.create(spec, { step: { value: step } }) as Spec<State, O>;
  const relaxed = relax(group, spec, { events, certainties });
  if (searchFrontier(relaxed, recording, { ...bounds, exact: true }).kind !== 'illegal') return undefined;
  const distinct = new Map(answers.map((answer) => [JSON.stringify(answer), answer]));
  for (const answer of [...distinct.values()].slice(0, 12)) {
    const operations = relaxed.operations.map((one) =>
      one.operation === culprit.operation ? { ...one, result: answer } : one,
    );
    const search = searchFrontier({ operations, events: relaxed.events }, spec, bounds);
    if (search.kind === 'legal') accepted = [...accepted, answer];
  }
  return accepted.length > 4 || distinct.size > 12 ? undefined : accepted;
}
