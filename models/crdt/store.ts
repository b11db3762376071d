/**
 * All objects of a replica, as one state that can be joined with another's, and parts of it (deltas), which are states too
 * (P. Almeida, A. Shoker, C. Baquero, "Delta state replicated data types", JPDC 111, 2018). What is removed leaves nothing
 * but the dot that was seen: one causal context serves all objects.
 */
import {
  addDot,
  emptyContext,
  heldDots,
  joinContext,
  type CausalContext,
  type Dot,
} from '../causality/causal-context.js';
import { balance, counted, joinCounter, total, type GrowOnlyCounter, type UpDownCounter } from './counters.js';
import type { Member, Taken, Update, Value, View } from './messages.js';
import type { StateRules } from './rules.js';
import { joinSequence, placeOf, visible, type Sequence } from './sequence.js';
import { isLater, type Stamp } from './stamp.js';

export interface Store {
  seen: CausalContext;
  /** The time of the latest stamp known. */
  latest: number;
  visits: GrowOnlyCounter;
  count: UpDownCounter;
  assigned: { readonly value: Value; readonly stamp: Stamp } | null;
  /** The multi-value register: the writes that no other write followed. */
  written: Record<Dot, Value>;
  /** The observed-remove set, optimised (A. Bieniusa et al., 2012): a member is there by the dots of its additions. */
  members: Record<Member, Dot[]>;
  sequence: Sequence;
}

export const emptyStore = (): Store => ({
  seen: emptyContext(),
  latest: 0,
  visits: {},
  count: { up: {}, down: {} },
  assigned: null,
  written: {},
  members: {},
  sequence: { elements: {}, deleted: {} },
});

/** What is special to an edit of the sequence: see `Taken`. */
export type Neighbours = Pick<Taken, 'left' | 'right' | 'target'>;

/** What `update` adds to `store`, which is not changed. */
export function deltaOf(
  store: Store,
  update: Update,
  { dot, stamp }: { readonly dot: Dot; readonly stamp: Stamp },
): { readonly delta: Store; readonly neighbours: Neighbours } {
  const delta = { ...emptyStore(), latest: stamp.time };
  addDot(delta.seen, dot);
  /** These have been followed by something: having seen and not holding them removes them. */
  const supersede = (dots: readonly Dot[]): void => {
    joinContext(delta.seen, { vector: {}, cloud: [...dots] });
  };
  let neighbours: Neighbours = {};
  switch (update.kind) {
    case 'visit':
      delta.visits = counted(store.visits, dot, 1);
      break;
    case 'count':
      if (update.amount >= 0) delta.count.up = counted(store.count.up, dot, update.amount);
      else delta.count.down = counted(store.count.down, dot, -update.amount);
      break;
    case 'assign':
      delta.assigned = { value: update.value, stamp };
      break;
    case 'write':
      delta.written[dot] = update.value;
      supersede(Object.keys(store.written));
      break;
    case 'add':
      delta.members[update.member] = [dot];
      supersede(store.members[update.member] ?? []);
      break;
    case 'remove':
      supersede(store.members[update.member] ?? []);
      break;
    case 'insert': {
      const { left, right } = placeOf(visible(store.sequence), update);
      delta.sequence.elements[dot] = { value: update.value, behind: left?.dot ?? null, stamp };
      neighbours = { ...(left && { left: left.value }), ...(right && { right: right.value }) };
      break;
    }
    case 'delete': {
      const { right } = placeOf(visible(store.sequence), update);
      if (right === undefined) break;
      delta.sequence.deleted[right.dot] = true;
      neighbours = { target: right.value };
    }
  }
  return { delta, neighbours };
}

/** Adds to `store` all that `other` knows. In any order, and any number of times, the result is the same. */
export function join(store: Store, other: Store, rules: StateRules): void {
  joinCounter(store.visits, other.visits);
  joinCounter(store.count.up, other.count.up);
  joinCounter(store.count.down, other.count.down);
  if (other.assigned !== null && (store.assigned === null || isLater(other.assigned.stamp, store.assigned.stamp)))
    store.assigned = { ...other.assigned };
  joinWritten(store, other);
  joinMembers(store, other, rules);
  joinSequence(store.sequence, other.sequence);
  store.latest = Math.max(store.latest, other.latest);
  // Last: what each of the two had seen decides what the other's removals are.
  joinContext(store.seen, other.seen);
}

function joinWritten(store: Store, other: Store): void {
  const versions = { ...other.written, ...store.written };
  const kept = heldDots({
    mine: Object.keys(store.written),
    theirs: Object.keys(other.written),
    seenByMe: store.seen,
    seenByThem: other.seen,
  });
  store.written = Object.fromEntries(kept.map((dot) => [dot, versions[dot] as Value]));
}

function joinMembers(store: Store, other: Store, rules: StateRules): void {
  for (const member of new Set([...Object.keys(store.members), ...Object.keys(other.members)])) {
    const kept = rules.memberDots({
      mine: store.members[member] ?? [],
      theirs: other.members[member] ?? [],
      seenByMe: store.seen,
      seenByThem: other.seen,
    });
    if (kept.length > 0) store.members[member] = [...kept];
    else Reflect.deleteProperty(store.members, member);
  }
}

export const viewOf = ({ visits, count, assigned, written, members, sequence }: Store): View => ({
  visits: total(visits),
  count: balance(count),
  assigned: assigned?.value ?? null,
  written: Object.values(written).sort((one, other) => one - other),
  members: Object.keys(members).sort(),
  sequence: visible(sequence).map(({ value }) => value),
});
