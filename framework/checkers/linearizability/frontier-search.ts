/**
 * The search behind the linearizability checker: a sweep over the history in the order of time that keeps the frontier,
 * all configurations (state, which of the open operations have taken effect) that explain what has returned so far. An
 * operation takes effect only when a return forces it to: just-in-time linearization (G. Lowe, "Testing for
 * linearizability", Concurrency and Computation 29(4), 2017, §5). Breadth first, so nothing that happened before the
 * frontier need be remembered: memory depends on how many operations overlap, not on how long the history is.
 *
 * The frontier stays small because a configuration is dropped when another one dominates it, that is, can do all that
 * it can:
 *
 * - A read that fits the state takes its place at once. Of two configurations that differ in reads, the one with more of
 *   them behind it dominates.
 * - Of two operations that are open, alike and return the same, the one that returns first goes first.
 * - Operations whose outcome is unknown never return; having used fewer of them dominates. Alike ones are only counted,
 *   those that would change nothing are not used, and a completed operation that does the same goes before them.
 */
import type { AnyOperation } from '../../history/entry.js';
import { hashValue } from '../../kernel/hash.js';
import { ConfigurationSet } from './configuration-set.js';
import { equal } from '../equal.js';
import { sameResult, type Placeable, type Problem, type Search } from './problem.js';
import type { Forgetting, Known, Spec } from '../spec.js';
import { StateTable } from './state-table.js';
import { UsageTable } from './usage-table.js';

export interface FrontierBounds {
  /** The most configurations tried in all: bounds the time. */
  readonly configurationsMax: number;
  /** The most configurations kept at once: bounds the memory. */
  readonly frontierMax: number;
  /** The event from which on the ways to each configuration are remembered, so that one can be told. Default: none. */
  readonly trailsFrom?: number;
  /** States are kept as they are, whatever the specification would forget of them. */
  readonly exact?: boolean;
}

/** States below this number have their transitions in a table, the others in a map. */
const TABLED = 32;
const UNTRIED = -2;
const ILLEGAL = -1;
const NONE = -1;

/** Alike operations of unknown outcome. */
interface Kind<O> {
  readonly operation: O;
  /** The first of them. */
  readonly id: number;
  /** Infinite for one that is free to take effect whenever it helps. */
  available: number;
  readonly transitions: Map<number, number>;
  /** Open completed operations that are the same but for what is known of them. */
  readonly twins: Int32Array;
}

/** Sweeps `problem` until its end, an illegal return, or a bound. */
export function searchFrontier<State, O extends AnyOperation>(
  problem: Problem<O>,
  spec: Spec<State, O>,
  bounds: FrontierBounds,
): Search<State> {
  return new Sweep(problem, spec, bounds).run();
}

class Sweep<State, O extends AnyOperation> {
  private readonly problem: Problem<O>;
  private readonly spec: Spec<State, O>;
  private readonly bounds: FrontierBounds;
  private readonly words: number;
  private readonly states: StateTable<State>;
  /** Has one state stand for all that the operations cannot tell apart. */
  private readonly forgetting: Forgetting<State> | undefined;
  private readonly usageTable = new UsageTable();
  /** The frontier, what is reached on the way to the next return, and the next frontier. */
  private frontier: ConfigurationSet;
  private readonly reached: ConfigurationSet;
  private next: ConfigurationSet;
  /** By slot: the open operation there, the event of its return, the alike ones that go before it. */
  private readonly occupant: Int32Array;
  private readonly returnsAt: Int32Array;
  private readonly goesAfter: Int32Array;
  /** By slot and state: the state after the operation, or ILLEGAL if it does not return what it did. */
  private readonly tabled: Int32Array;
  private readonly mapped: Map<number, number>[] = [];
  private readonly reads: Int32Array;
  private readonly open: number[] = [];
  private readonly kinds: Kind<O>[] = [];
  private readonly kindsByHash = new Map<number, number[]>();
  private readonly freeSlots: number[] = [];
  private readonly scratch: Int32Array;
  /** The bit of the operation that returns. */
  private readonly returning = { word: 0, bit: 0 };
  /** By state: the open reads that it answers as they were answered, as of `fitsStamp`. */
  private fits: Int32Array;
  private fitsStamps: Int32Array;
  private fitsStamp = 1;
  private configurations = 0;
  /** Each step of a way: what took effect, and the step before. 0 is the beginning. */
  private readonly trails: { readonly operation: number; readonly before: number }[] = [];
  private trailing = false;

  constructor(problem: Problem<O>, spec: Spec<State, O>, bounds: FrontierBounds) {
    this.problem = problem;
    this.spec = spec;
    this.states = new StateTable(spec);
    if (bounds.exact !== true) this.forgetting = spec.forget?.(problem.operations.map(knownOf));
    this.bounds = bounds;
    const slots = overlapMax(problem);
    this.words = Math.max(1, (slots + 31) >> 5);
    this.frontier = new ConfigurationSet(this.words, this.usageTable);
    this.reached = new ConfigurationSet(this.words, this.usageTable);
    this.next = new ConfigurationSet(this.words, this.usageTable);
    this.occupant = new Int32Array(slots).fill(-1);
    this.returnsAt = new Int32Array(slots);
    this.goesAfter = new Int32Array(slots * this.words);
    this.tabled = new Int32Array(slots * TABLED);
    for (let slot = slots - 1; slot >= 0; slot--) {
      this.freeSlots.push(slot);
      this.mapped.push(new Map());
    }
    this.reads = new Int32Array(this.words);
    this.scratch = new Int32Array(this.words);
    this.fits = new Int32Array(64 * this.words);
    this.fitsStamps = new Int32Array(64);
  }

  run(): Search<State> {
    const { events, operations } = this.problem;
    const slotOf = new Int32Array(operations.length).fill(-1);
    // What has not returned by the end may still take effect, with its own result.
    const returns = new Int32Array(operations.length).fill(events.length);
    for (let index = 0; index < events.length; index++) {
      const event = events[index] as number;
      if ((event & 1) === 1) returns[event >> 1] = index;
    }
    this.frontier.begin(this.reads);
    this.frontier.add(this.intern(this.spec.initial), 0, this.scratch, 0);
    for (let index = 0; index < events.length; index++) {
      const event = events[index] as number;
      const id = event >> 1;
      const one = operations[id] as Placeable<O>;
      if ((event & 1) === 0) {
        if (one.certainty === 'completed') slotOf[id] = this.call(id, one, returns[id] as number);
        else if (this.spec.readOnly?.(one.operation) !== true) this.callPending(id, one);
        continue;
      }
      const slot = slotOf[id] as number;
      this.trailing = index >= (this.bounds.trailsFrom ?? Infinity);
      if (!this.return(slot)) return this.stuck('exhausted', index);
      if (this.frontier.size === 0) return this.stuck('illegal', index);
    }
    const { configurations } = this;
    return { kind: 'legal', configurations, order: this.wayTo(this.frontier).order };
  }

  private stuck(kind: 'illegal' | 'exhausted', stuckAt: number): Search<State> {
    const { configurations } = this;
    // The last frontier that was whole: after an illegal return the two have changed places.
    return { kind, configurations, stuckAt, ...this.wayTo(kind === 'illegal' ? this.next : this.frontier) };
  }

  /** A way to some configuration of `last`, as far as it was remembered, and the state there. */
  private wayTo(last: ConfigurationSet): { readonly order: readonly number[]; readonly state: State } {
    const entry = Math.max(
      0,
      last.usages.findIndex((usage) => usage >= 0),
    );
    const order: number[] = [];
    for (let trail = last.trails[entry] as number; trail !== 0;) {
      const step = this.trails[trail - 1];
      if (step === undefined) break;
      order.push(step.operation);
      trail = step.before;
    }
    const state = this.states.values[last.states[entry] as number] as State;
    return { order: order.reverse(), state };
  }

  private call(id: number, one: Placeable<O>, returnsAt: number): number {
    const { words, goesAfter, spec } = this;
    const slot = this.freeSlots.pop() as number;
    const word = slot >> 5;
    const bit = 1 << (slot & 31);
    this.occupant[slot] = id;
    this.returnsAt[slot] = returnsAt;
    this.tabled.fill(UNTRIED, slot * TABLED, (slot + 1) * TABLED);
    this.mapped[slot]?.clear();
    goesAfter.fill(0, slot * words, (slot + 1) * words);
    if (spec.readOnly?.(one.operation) === true) {
      this.reads[word] = (this.reads[word] as number) | bit;
      this.fitsStamp++;
    } else {
      for (const other of this.open) {
        const twin = this.operationIn(other);
        if (!equal(twin.operation, one.operation) || !sameResult(twin.result, one.result)) continue;
        // The later of the two waits for the other.
        const [late, early] = (this.returnsAt[other] as number) > returnsAt ? [other, slot] : [slot, other];
        const at = late * words + (early >> 5);
        goesAfter[at] = (goesAfter[at] as number) | (1 << (early & 31));
      }
      for (const kind of this.kinds)
        if (equal(kind.operation, one.operation)) kind.twins[word] = (kind.twins[word] as number) | bit;
      this.open.push(slot);
    }
    return slot;
  }

  private callPending(id: number, { operation, certainty }: Placeable<O>): void {
    const hash = hashValue(operation);
    const bucket = this.kindsByHash.get(hash) ?? [];
    this.kindsByHash.set(hash, bucket);
    const known = bucket.find((kind) => equal(this.kinds[kind]?.operation, operation));
    const count = certainty === 'free' ? Infinity : 1;
    const kind = known === undefined ? undefined : this.kinds[known];
    if (kind !== undefined) {
      kind.available += count;
      return;
    }
    const twins = new Int32Array(this.words);
    for (const slot of this.open)
      if (equal(this.operationIn(slot).operation, operation)) {
        const word = slot >> 5;
        twins[word] = (twins[word] as number) | (1 << (slot & 31));
      }
    bucket.push(this.kinds.length);
    this.kinds.push({ operation, id, available: count, transitions: new Map(), twins });
  }

  private operationIn(slot: number): Placeable<O> {
    return this.problem.operations[this.occupant[slot] as number] as Placeable<O>;
  }

  /** Has the operation in `slot` take effect in every configuration of the frontier. False when a bound is reached. */
  private return(slot: number): boolean {
    const { frontier, reached, next } = this;
    const word = slot >> 5;
    const bit = 1 << (slot & 31);
    this.returning.word = word;
    this.returning.bit = bit;
    reached.begin(this.reads);
    next.begin(this.reads);
    for (let entry = 0; entry < frontier.size; entry++)
      if ((frontier.usages[entry] as number) >= 0)
        this.arrive(frontier, entry, frontier.states[entry] as number, frontier.usages[entry] as number, NONE);
    for (let entry = 0; entry < reached.size; entry++) {
      if ((reached.usages[entry] as number) >= 0) this.expand(entry);
      if (this.configurations > this.bounds.configurationsMax) return false;
      if (reached.size + next.size > this.bounds.frontierMax) return false;
    }
    this.close(slot, word, bit);
    this.next = frontier;
    this.frontier = next;
    return true;
  }

  /** Every operation that can take effect next in a configuration that still lacks the one that returns. */
  private expand(entry: number): void {
    const { reached, words, goesAfter } = this;
    const state = reached.states[entry] as number;
    const usage = reached.usages[entry] as number;
    const from = entry * words;
    for (const slot of this.open) {
      if (((reached.done[from + (slot >> 5)] as number) & (1 << (slot & 31))) !== 0) continue;
      if (!this.covers(from, goesAfter, slot * words)) continue;
      const after = this.transition(slot, state);
      if (after !== ILLEGAL) this.arrive(reached, entry, after, usage, slot);
    }
    // Looking at them takes time too, even if few of them fit.
    this.configurations += this.kinds.length;
    for (let kind = 0; kind < this.kinds.length; kind++) {
      const { available, twins } = this.kinds[kind] as Kind<O>;
      if (this.usageTable.count(usage, kind) >= available) continue;
      if (!this.covers(from, twins, 0) && this.twinFits(from, twins, state)) continue;
      const after = this.kindTransition(kind, state);
      if (after === state) continue;
      const used = available === Infinity ? usage : this.usageTable.more(usage, kind);
      this.arrive(reached, entry, after, used, -2 - kind);
    }
  }

  /** Whether the configuration at `from` in `reached` has done all that `set` has at `at`. */
  private covers(from: number, set: Int32Array, at: number): boolean {
    for (let word = 0; word < this.words; word++)
      if (((set[at + word] as number) & ~(this.reached.done[from + word] as number)) !== 0) return false;
    return true;
  }

  private twinFits(from: number, twins: Int32Array, state: number): boolean {
    for (const slot of this.open) {
      const word = slot >> 5;
      const bit = 1 << (slot & 31);
      if (((twins[word] as number) & ~(this.reached.done[from + word] as number) & bit) === 0) continue;
      if (this.transition(slot, state) !== ILLEGAL) return true;
    }
    return false;
  }

  /**
   * Adds the configuration that follows from that at `entry` of `from` when `what` takes effect: the operation in a slot,
   * or NONE, or one of a kind, numbered down from -2. It goes to the next frontier if what returns has taken effect.
   */
  private arrive(from: ConfigurationSet, entry: number, state: number, usage: number, what: number): void {
    const { words, scratch } = this;
    const { word, bit } = this.returning;
    const at = entry * words;
    this.configurations++;
    const fits = this.readsThatFit(state);
    for (let index = 0; index < words; index++)
      scratch[index] = (from.done[at + index] as number) | (this.fits[fits + index] as number);
    if (what >= 0) scratch[what >> 5] = (scratch[what >> 5] as number) | (1 << (what & 31));
    const trail = this.trailing ? this.follow(from, entry, what) : 0;
    if (((scratch[word] as number) & bit) === 0) {
      this.reached.add(state, usage, scratch, trail);
      return;
    }
    scratch[word] = (scratch[word] as number) & ~bit;
    this.next.add(state, usage, scratch, trail);
  }

  /** The trail of the configuration in `scratch`: what took effect, then the reads that fit. */
  private follow(from: ConfigurationSet, entry: number, what: number): number {
    let trail = from.trails[entry] as number;
    const step = (operation: number): void => {
      trail = this.trails.push({ operation, before: trail });
    };
    if (what >= 0) step(this.occupant[what] as number);
    else if (what !== NONE) step(this.kinds[-2 - what]?.id ?? -1);
    for (let word = 0; word < this.words; word++) {
      const done = from.done[entry * this.words + word] as number;
      for (
        let left = (this.scratch[word] as number) & ~done & (this.reads[word] as number);
        left !== 0;
        left &= left - 1
      )
        step(this.occupant[32 * word + 31 - Math.clz32(left & -left)] as number);
    }
    return trail;
  }

  /** The place in `fits` of the open reads that `state` answers as they were answered. */
  private readsThatFit(state: number): number {
    const { words } = this;
    if (state >= this.fitsStamps.length) {
      const stamps = new Int32Array(2 * state);
      stamps.set(this.fitsStamps);
      this.fitsStamps = stamps;
      const fits = new Int32Array(2 * state * words);
      fits.set(this.fits);
      this.fits = fits;
    }
    const from = state * words;
    if (this.fitsStamps[state] === this.fitsStamp) return from;
    this.fitsStamps[state] = this.fitsStamp;
    for (let at = 0; at < words; at++) {
      let fitting = 0;
      for (let left = this.reads[at] as number; left !== 0; left &= left - 1) {
        const place = 31 - Math.clz32(left & -left);
        if (this.transition(32 * at + place, state) !== ILLEGAL) fitting |= 1 << place;
      }
      this.fits[from + at] = fitting;
    }
    return from;
  }

  private intern(state: State): number {
    return this.states.intern(this.forgetting?.representative(state) ?? state);
  }

  private transition(slot: number, state: number): number {
    const place = slot * TABLED + state;
    const known = state < TABLED ? (this.tabled[place] as number) : (this.mapped[slot]?.get(state) ?? UNTRIED);
    if (known !== UNTRIED) return known;
    const { operation, result } = this.operationIn(slot);
    const before = this.states.values[state] as State;
    const stepped = this.spec.step(before, operation);
    const after = !sameResult(stepped.result, result)
      ? ILLEGAL
      : stepped.state === before
        ? state
        : this.intern(stepped.state);
    if (state < TABLED) this.tabled[place] = after;
    else this.mapped[slot]?.set(state, after);
    return after;
  }

  private kindTransition(kind: number, state: number): number {
    const { operation, transitions } = this.kinds[kind] as Kind<O>;
    let after = transitions.get(state);
    if (after === undefined) {
      after = this.intern(this.spec.step(this.states.values[state] as State, operation).state);
      transitions.set(state, after);
    }
    return after;
  }

  /** Frees the slot of an operation that has returned. */
  private close(slot: number, word: number, bit: number): void {
    if (((this.reads[word] as number) & bit) !== 0) {
      this.reads[word] = (this.reads[word] as number) & ~bit;
      this.fitsStamp++;
    } else {
      this.open.splice(this.open.indexOf(slot), 1);
      for (const other of this.open) {
        const at = other * this.words + word;
        this.goesAfter[at] = (this.goesAfter[at] as number) & ~bit;
      }
      for (const { twins } of this.kinds) twins[word] = (twins[word] as number) & ~bit;
    }
    this.occupant[slot] = -1;
    this.freeSlots.push(slot);
  }
}

const knownOf = <O extends AnyOperation>({ operation, certainty, result }: Placeable<O>): Known<O> => ({
  operation,
  result: certainty === 'completed' ? result : undefined,
});

/** The most completed operations that are open at once. */
function overlapMax<O extends AnyOperation>({ operations, events }: Problem<O>): number {
  let open = 0;
  let most = 0;
  for (const event of events) {
    if ((event & 1) === 1) open--;
    else if (operations[event >> 1]?.certainty === 'completed' && ++open > most) most = open;
  }
  return most;
}
