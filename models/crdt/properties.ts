/** What replicated data types promise, judged by what each answer had seen. */
import {
  checkConvergence,
  checkStrongEventualConsistency,
  operationsOf,
  type CheckResult,
  type NodeId,
  type Observed,
  type Property,
} from '../../framework/index.js';
import { dotsOf, hasSeen, partsOf, type CausalContext, type Dot } from '../causality/causal-context.js';
import type { Operation, Seen, Taken, View } from './messages.js';
import type { Inspection } from './replica.js';
import * as specified from './specification.js';

type Run = Observed<Operation, Inspection>;
type Claim = Property<Operation, Inspection>;

/** An update whose name is known: from its answer, or from the journal of the replica that took it. */
interface KnownUpdate {
  readonly taken: Taken;
  /** The operation that it was, if it was answered, and when it was asked for. */
  readonly acknowledged: { readonly index: number; readonly invokedAt: number; readonly at: NodeId } | undefined;
}

/** What was seen of the objects at some moment. */
interface Observation extends Seen {
  readonly where: string;
  /** The read; undefined for what was inspected at the end. */
  readonly index: number | undefined;
}

interface Evidence {
  readonly updates: ReadonlyMap<Dot, KnownUpdate>;
  readonly views: readonly Observation[];
  /** Two updates that go by one name. */
  readonly clash: readonly [Taken, Taken] | undefined;
  /** Two updates that are one request. */
  readonly repeated: readonly [Taken, Taken] | undefined;
}

function evidenceOf({ history, replicas }: Run): Evidence {
  const updates = new Map<Dot, KnownUpdate>();
  const views: Observation[] = [];
  let clash: Evidence['clash'];
  for (const { operation, outcome, index, invokedAt } of operationsOf(history)) {
    if (outcome.kind !== 'ok') continue;
    if (operation.kind === 'read') {
      const seen = outcome.result as Seen;
      views.push({ ...seen, where: operation.at, index });
      continue;
    }
    // Operations of the framework, `inspect`, are no updates.
    if (!('at' in operation)) continue;
    const taken = outcome.result as Taken;
    const other = updates.get(taken.dot);
    if (other !== undefined) clash ??= [other.taken, taken];
    updates.set(taken.dot, { taken, acknowledged: { index, invokedAt, at: operation.at } });
  }
  for (const [node, { journal, seen, view }] of replicas) {
    views.push({ seen, view, where: node, index: undefined });
    for (const taken of journal)
      if (!updates.has(taken.dot)) updates.set(taken.dot, { taken, acknowledged: undefined });
  }
  const byRequest = new Map<string, Taken>();
  let repeated: Evidence['repeated'];
  for (const { taken } of updates.values()) {
    const other = byRequest.get(taken.id);
    if (other !== undefined) repeated ??= [other, taken];
    byRequest.set(taken.id, taken);
  }
  return { updates, views, clash, repeated };
}

/** What had been seen; undefined if it includes an update of which nobody knows any more what it was. */
function updatesSeen({ updates }: Evidence, seen: CausalContext): readonly Taken[] | undefined {
  const known: Taken[] = [];
  for (const dot of dotsOf(seen)) {
    const update = updates.get(dot);
    if (update === undefined) return undefined;
    known.push(update.taken);
  }
  return known;
}

/** A promise of each view by itself: `differs` tells what is wrong with it. */
function perView(
  name: string,
  rule: string,
  differs: (view: View, updates: readonly Taken[]) => string | undefined,
): Claim {
  return {
    name,
    check(run) {
      const evidence = evidenceOf(run);
      let judged = 0;
      let nothingSeen = 0;
      for (const { seen, view, where, index } of evidence.views) {
        const updates = updatesSeen(evidence, seen);
        if (updates === undefined) continue;
        judged++;
        if (updates.length === 0) nothingSeen++;
        const difference = differs(view, updates);
        if (difference === undefined) continue;
        const explanation = `After ${updates.length} updates ${where} shows ${difference}.`;
        const operations = index === undefined ? [] : [index];
        return { verdict: 'invalid', violation: { rule, explanation, operations }, seen: { judged } };
      }
      const seen = { judged, notKnown: evidence.views.length - judged };
      if (judged > nothingSeen) return { verdict: 'valid', seen };
      return { verdict: 'unknown', reason: 'no view that shows an update could be judged', seen };
    },
  };
}

const list = (values: readonly unknown[]): string => `[${values.join(', ')}]`;
const sameList = (one: readonly unknown[], other: readonly unknown[]): boolean => list(one) === list(other);

export const countersCountOnce = perView('counters count each update once', 'a counter miscounts', (view, updates) => {
  const [visits, count] = [specified.visits(updates), specified.count(updates)];
  if (view.visits !== visits) return `${view.visits} visits of ${visits}`;
  return view.count === count ? undefined : `a count of ${view.count} where the updates make ${count}`;
});

export const registersKeepLastWrites = perView(
  'registers keep the last write, or all that are concurrent',
  'a register shows what was overwritten',
  (view, updates) => {
    const written = specified.written(updates);
    if (!sameList(view.written, written))
      return `${list(view.written)} in the multi-value register, but the last writes are ${list(written)}`;
    const assignable = specified.assignable(updates);
    const { assigned } = view;
    if (assigned === null ? assignable.length === 0 : assignable.includes(assigned)) return undefined;
    return `${assigned ?? 'nothing'} in the last-writer-wins register, but the last assignments are ${list(assignable)}`;
  },
);

export const additionsWin = perView(
  'a concurrent addition wins over a removal',
  'the set differs from its additions and removals',
  (view, updates) => {
    const members = specified.members(updates);
    return sameList(view.members, members) ? undefined : `members ${list(view.members)} instead of ${list(members)}`;
  },
);

/** Every view has the elements that it should, and no two elements change places, from view to view or at an insertion. */
export const oneOrder: Claim = {
  name: 'the sequence has one order everywhere',
  check(run) {
    const evidence = evidenceOf(run);
    const contents = perView('', 'the sequence lacks an element, or has one too many', (view, updates) => {
      const elements = specified.elements(updates);
      const sorted = (values: readonly number[]): number[] => [...values].sort((one, other) => one - other);
      return sameList(sorted(view.sequence), sorted(elements))
        ? undefined
        : `elements ${list(view.sequence)} instead of ${list(sorted(elements))}`;
    }).check(run);
    if (contents.verdict === 'invalid') return contents;
    // Executed twice (a disk was lost in between), an element stands at two places.
    if (evidence.repeated !== undefined) return contents;
    const insertions = [...evidence.updates.values()].flatMap(({ taken }) => specified.only([taken], 'insert'));
    const cycle = specified.contradiction([
      ...evidence.views.map(({ view }) => view.sequence),
      ...insertions.map(({ update, left, right }) =>
        [left, update.value, right].filter((value) => value !== undefined),
      ),
    ]);
    const seen = { ...contents.seen, insertions: insertions.length };
    if (cycle !== undefined) {
      const explanation = `Views do not agree on an order: ${[...cycle, cycle[0]].join(' before ')}.`;
      return { verdict: 'invalid', violation: { rule: 'orders contradict', explanation, operations: [] }, seen };
    }
    if (insertions.length > 1) return { ...contents, seen };
    return { verdict: 'unknown', reason: 'nothing was inserted that could have changed places', seen };
  },
};

export const strongEventualConsistency: Claim = {
  name: 'replicas that have seen the same updates show the same',
  check: (run) =>
    checkStrongEventualConsistency(
      evidenceOf(run).views.map(({ where, seen, view }) => ({ replica: where, updates: dotsOf(seen), state: view })),
    ),
};

/** When all is healed and quiet, all have seen the same, and show it. */
export const convergence: Claim = {
  name: 'replicas converge after healing',
  check: ({ replicas }) =>
    checkConvergence(
      new Map([...replicas].map(([node, { seen, view }]) => [node, { seen: dotsOf(seen).sort(), view }])),
    ),
};

/**
 * What was acknowledged is at every replica in the end, once and by a name of its own; unless the disk of the replica that
 * took it was lost later, before any other knew, or before a copy of the request arrived.
 */
export const noAcknowledgedUpdateLost: Claim = {
  name: 'no acknowledged update is lost but with the disk that has it',
  check(run): CheckResult {
    const evidence = evidenceOf(run);
    const acknowledged = [...evidence.updates.values()].flatMap(({ taken, acknowledged: answer }) =>
      answer === undefined ? [] : [{ taken, ...answer }],
    );
    let lostWithDisk = 0;
    const seen = () => ({ acknowledged: acknowledged.length, lostWithDisk });
    const invalid = (rule: string, explanation: string, operations: readonly number[]): CheckResult => ({
      verdict: 'invalid',
      violation: { rule, explanation, operations },
      seen: seen(),
    });
    if (evidence.clash !== undefined) {
      const [one, other] = evidence.clash;
      return invalid('one name for two updates', `${say(one)} and ${say(other)} are both called ${one.dot}.`, []);
    }
    if (evidence.repeated !== undefined) {
      const [one, other] = evidence.repeated;
      if (!lostDisk(run, one.update.at, 0))
        return invalid('one request executed twice', `${say(one)} is both ${one.dot} and ${other.dot}.`, []);
    }
    for (const { taken, index, at, invokedAt } of acknowledged)
      for (const [node, replica] of run.replicas) {
        if (hasSeen(replica.seen, taken.dot)) continue;
        if (
          [...run.replicas.values()].every((other) => !hasSeen(other.seen, taken.dot)) &&
          lostDisk(run, at, invokedAt)
        ) {
          lostWithDisk++;
          break;
        }
        return invalid(
          'acknowledged update lost',
          `${say(taken)} was acknowledged by ${partsOf(taken.dot).actor}, but ${node} has not seen it in the end.`,
          [index],
        );
      }
    if (acknowledged.length > 0) return { verdict: 'valid', seen: seen() };
    return { verdict: 'unknown', reason: 'no update was acknowledged', seen: seen() };
  },
};

/** Whether the disk of `node` was lost after `time`. */
const lostDisk = ({ plan }: Run, node: NodeId, time: number): boolean =>
  plan.faults.some(
    (fault) => fault.kind === 'crash' && fault.freshDisk === true && fault.node === node && fault.at >= time,
  );

function say({ update }: Taken): string {
  const { kind, at, ...rest } = update;
  return `${kind} ${Object.values(rest).join(' at ')} at ${at}`.replace('  ', ' ');
}

export const properties: readonly Claim[] = [
  countersCountOnce,
  registersKeepLastWrites,
  additionsWin,
  oneOrder,
  strongEventualConsistency,
  convergence,
  noAcknowledgedUpdateLost,
];
