/**
 * The search behind the linearizability checker: is there an order of these operations that respects real time and that
 * the spec allows? Wing and Gong's algorithm (J. Wing, C. Gong, "Testing and verifying concurrent objects", JPDC 17,
 * 1993) over a linked list of calls and returns, with Lowe's memoisation. The stack is explicit and the work is bounded.
 *
 * An operation whose outcome is unknown may take effect at any time after its call, with any result, or never. It takes
 * a place only where it changes the state: elsewhere it makes no difference, so unanswered reads cost nothing. Of
 * several identical ones the earliest called goes first, which loses no order and saves permutations. A completed read
 * that fits takes its place at once: in any legal order that goes on from here it could be moved to here.
 */
import type { AnyOperation } from '../history/entry.js';
import { mix } from '../kernel/hash.js';
import { ConfigurationCache } from './configuration-cache.js';
import { equal } from './equal.js';
import type { Spec } from './spec.js';

/**
 * What is known of an operation.
 *
 * - `completed`: it took effect between its call and its return, with this result.
 * - `pending`: it took effect at most once, after its call.
 * - `free`: it may take effect whenever and as often as it helps. A relaxation, used by explanations.
 */
export type Certainty = 'completed' | 'pending' | 'free';

export interface Placeable<O extends AnyOperation> {
  readonly operation: O;
  readonly certainty: Certainty;
  readonly result: unknown;
}

/** Operations of one key, and their calls and returns in the order of time. */
export interface Problem<O extends AnyOperation> {
  readonly operations: readonly Placeable<O>[];
  /** 2i is the call of operation i, 2i + 1 its return. Only completed operations return. */
  readonly events: readonly number[];
}

export type Search<State> =
  | { readonly kind: 'legal'; readonly configurations: number }
  | {
      /** `exhausted`: the bound was reached first, and nothing is known beyond `stuckAt`. */
      readonly kind: 'illegal' | 'exhausted';
      readonly configurations: number;
      /** The event, a return, that no order got past: all before it can be explained. -1 when none was tried. */
      readonly stuckAt: number;
      /** The longest legal order: places in `operations`. */
      readonly order: readonly number[];
      /** The state after `order`. */
      readonly state: State;
    };

/**
 * Searches `problem` until an order is found, none is left, or `configurationsMax` configurations have been visited.
 * Exponential in the number of overlapping operations at worst; linear when the first guess is right.
 */
export function searchLinearization<State, O extends AnyOperation>(
  problem: Problem<O>,
  spec: Spec<State, O>,
  configurationsMax: number,
): Search<State> {
  const { operations, events } = problem;
  const count = operations.length;
  const twins = twinsOf(operations);
  // The list: node k + 1 is event k, node 0 the head; the end is 0 again. Typed arrays, because millions of these
  // lists are made in a campaign and each step follows several links.
  const next = new Int32Array(events.length + 1);
  const previous = new Int32Array(events.length + 1);
  const callNode = new Int32Array(count);
  const returnNode = new Int32Array(count);
  let remaining = 0;
  const reads = operations.map(({ operation }) => spec.readOnly?.(operation) === true);
  let last = 0;
  for (let index = 0; index < events.length; index++) {
    const event = events[index] as number;
    const id = event >> 1;
    const node = index + 1;
    if ((event & 1) === 0) {
      if (reads[id] === true && operations[id]?.certainty !== 'completed') continue;
      callNode[id] = node;
    } else {
      returnNode[id] = node;
      remaining++;
    }
    next[last] = node;
    previous[node] = last;
    last = node;
  }
  previous[0] = last;
  const unlink = (node: number): void => {
    const before = previous[node] as number;
    const after = next[node] as number;
    next[before] = after;
    previous[after] = before;
  };
  const relink = (node: number): void => {
    next[previous[node] as number] = node;
    previous[next[node] as number] = node;
  };

  const words = (count + 31) >> 5;
  const placed = new Int32Array(words);
  let placedHash = 0;
  const flip = (id: number): void => {
    placed[id >> 5] = (placed[id >> 5] as number) ^ (1 << (id & 31));
    placedHash ^= mix(0x2c1b3c6d, id);
  };
  const cache = new ConfigurationCache<State>(words);
  const order: number[] = [];
  const statesBefore: State[] = [];
  let state = spec.initial;
  let furthest = { node: 0, order: [] as readonly number[], state };
  const stuck = (kind: 'illegal' | 'exhausted'): Search<State> => ({
    kind,
    configurations: cache.size,
    stuckAt: furthest.node - 1,
    order: furthest.order,
    state: furthest.state,
  });

  /** Places every completed read that fits the present state. They are undone with the choice that led here. */
  const placeReads = (): void => {
    for (let node = next[0] as number; node !== 0; node = next[node] as number) {
      const event = events[node - 1] as number;
      if ((event & 1) === 1) return;
      const id = event >> 1;
      if (reads[id] !== true) continue;
      const { operation, result } = operations[id] as Placeable<O>;
      if (!sameResult(spec.step(state, operation).result, result)) continue;
      flip(id);
      place(id, state);
      // Its return may have been the next node and is gone too: go on from the one before.
      node = previous[node] as number;
    }
  };
  /** Places an operation whose bit has been set. */
  const place = (id: number, after: State): void => {
    const { certainty } = operations[id] as Placeable<O>;
    order.push(id);
    statesBefore.push(state);
    state = after;
    if (certainty === 'free') return;
    unlink(callNode[id] as number);
    if (certainty === 'pending') return;
    unlink(returnNode[id] as number);
    remaining--;
  };
  /** Undoes the latest placement and returns what it placed, or undefined when nothing is placed. */
  const undo = (): number | undefined => {
    const id = order.pop();
    if (id === undefined) return undefined;
    state = statesBefore.pop() as State;
    const { certainty } = operations[id] as Placeable<O>;
    if (certainty === 'completed') {
      relink(returnNode[id] as number);
      remaining++;
    }
    if (certainty !== 'free') {
      relink(callNode[id] as number);
      flip(id);
    }
    return id;
  };

  placeReads();
  let node = next[0] as number;
  while (remaining > 0) {
    const event = events[node - 1] as number;
    const id = event >> 1;
    if ((event & 1) === 0) {
      const { operation, certainty, result } = operations[id] as Placeable<O>;
      const twin = twins === undefined ? -1 : (twins[id] as number);
      const waits = reads[id] === true || (twin >= 0 && ((placed[twin >> 5] as number) & (1 << (twin & 31))) === 0);
      if (!waits) {
        const stepped = spec.step(state, operation);
        const fits = certainty === 'completed' ? sameResult(stepped.result, result) : !equal(stepped.state, state);
        if (fits) {
          if (certainty !== 'free') flip(id);
          if (cache.add(placed, placedHash, stepped.state)) {
            if (cache.size > configurationsMax) return stuck('exhausted');
            place(id, stepped.state);
            placeReads();
            node = next[0] as number;
            continue;
          }
          if (certainty !== 'free') flip(id);
        }
      }
      node = next[node] as number;
      continue;
    }
    // Every operation before this return that could go next has been tried, and the one that returns here has no place.
    if (node > furthest.node) furthest = { node, order: order.slice(), state };
    let undone = undo();
    while (undone !== undefined && reads[undone] === true) undone = undo();
    if (undone === undefined) return stuck('illegal');
    node = next[callNode[undone] as number] as number;
  }
  return { kind: 'legal', configurations: cache.size };
}

/** Results as JSON knows them: nothing is null. */
export const sameResult = (one: unknown, other: unknown): boolean => equal(one ?? null, other ?? null);

/** For each pending operation the identical one called before it, or -1; undefined when there are none. O(pending²). */
function twinsOf<O extends AnyOperation>(operations: readonly Placeable<O>[]): Int32Array | undefined {
  let twins: Int32Array | undefined;
  const pending: number[] = [];
  for (const [id, { operation, certainty }] of operations.entries()) {
    if (certainty !== 'pending') continue;
    const twin = pending.findLast((earlier) => equal(operations[earlier]?.operation, operation));
    pending.push(id);
    if (twin === undefined) continue;
    twins ??= new Int32Array(operations.length).fill(-1);
    twins[id] = twin;
  }
  return twins;
}
