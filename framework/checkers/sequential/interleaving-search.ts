/**
 * The search for an interleaving: the processes' operations, each process in its own order, so that every answer is that
 * of one sequential object. Depth first, the operation that was invoked first being tried first, because most histories
 * are nearly in the order of time. What keeps it small:
 *
 * - A read-only operation that fits is taken at once: no interleaving is lost by that.
 * - Configurations (how far each process is, the state of each key) are visited once.
 * - What must come before an operation, if that is known, is waited for.
 * - A value that is written once is not overwritten as long as one of its reads is still to come.
 */
import type { AnyOperation } from '../../history/entry.js';
import type { RecordedOperation } from '../../history/operations.js';
import { sameResult } from '../linearizability/problem.js';
import { StateTable } from '../linearizability/state-table.js';
import type { Spec } from '../spec.js';

export interface Interleaving<O extends AnyOperation> {
  readonly kind: 'found' | 'none' | 'exhausted';
  readonly configurations: number;
  /** The longest legal interleaving that was met. */
  readonly longest: readonly RecordedOperation<O>[];
  /** The operations that could not follow. */
  readonly blocked: readonly Blocked<O>[];
}

export interface Blocked<O extends AnyOperation> {
  readonly operation: RecordedOperation<O>;
  /** What it would have returned there. */
  readonly instead: unknown;
  /** A read, still to come, of the value that it would have overwritten; undefined if its own answer does not fit. */
  readonly overwrites: RecordedOperation<O> | undefined;
}

interface Planned<O extends AnyOperation> {
  readonly recorded: RecordedOperation<O>;
  readonly key: number;
  /** Whether the outcome is known: only then does it have to be placed, with its result. */
  readonly completed: boolean;
  readonly result: unknown;
  /** The state that it writes, or reads, on a key on which every value is written once; -1 otherwise. */
  readonly writes: number;
  readonly reads: number;
}

interface Move {
  readonly process: number;
  readonly key: number;
  readonly stateBefore: number;
}

interface Choice {
  /** How many moves led here. */
  readonly depth: number;
  /** The processes left to try, the last first. */
  readonly candidates: number[];
}

/** The memory for visited configurations, in characters. */
const CHARACTERS_MAX = 1 << 28;

/** By the index of an operation: which ones must come before it in every interleaving, and its place in a likely one. */
export type KnownOrder = ReadonlyMap<number, { readonly after: readonly number[]; readonly rank: number }>;

/** An interleaving of `operations`, of which none failed. Exponential at worst, bounded by `configurationsMax`. */
export function searchInterleaving<State, O extends AnyOperation>(
  operations: readonly RecordedOperation<O>[],
  spec: Spec<State, O>,
  configurationsMax: number,
  known?: KnownOrder,
): Interleaving<O> {
  return new Search(operations, spec, configurationsMax, known).run();
}

class Search<State, O extends AnyOperation> {
  private readonly spec: Spec<State, O>;
  private readonly configurationsMax: number;
  private readonly known: KnownOrder | undefined;
  private readonly placed = new Set<number>();
  private readonly states: StateTable<State>;
  private readonly processes: Planned<O>[][] = [];
  private readonly positions: number[];
  /** By key. */
  private readonly current: number[] = [];
  /** By key and state, how many reads of it are still to come; undefined where values are written twice. */
  private readonly awaited: (Map<number, number> | undefined)[] = [];
  private readonly moves: Move[] = [];
  private left = 0;
  private longest: readonly Move[] = [];

  constructor(
    operations: readonly RecordedOperation<O>[],
    spec: Spec<State, O>,
    configurationsMax: number,
    known: KnownOrder | undefined,
  ) {
    this.spec = spec;
    this.states = new StateTable(spec);
    this.known = known;
    this.configurationsMax = configurationsMax;
    this.plan(operations);
    this.positions = this.processes.map(() => 0);
  }

  run(): Interleaving<O> {
    const visited = new Set<string>();
    const choices: Choice[] = [];
    let characters = 0;
    for (;;) {
      this.takeReads();
      if (this.left === 0) return this.outcome('found', visited.size);
      const configuration = `${this.positions.join(',')};${this.current.join(',')}`;
      const candidates = visited.has(configuration) ? [] : this.candidates();
      if (candidates.length === 0) this.reachedAnEnd();
      else {
        characters += configuration.length;
        if (visited.size === this.configurationsMax || characters > CHARACTERS_MAX) {
          this.reachedAnEnd();
          return this.outcome('exhausted', visited.size);
        }
        visited.add(configuration);
        choices.push({ depth: this.moves.length, candidates });
      }
      let next: number | undefined;
      while (next === undefined) {
        const choice = choices.at(-1);
        if (choice === undefined) return this.outcome('none', visited.size);
        this.undo(choice.depth);
        next = choice.candidates.pop();
        if (next === undefined) choices.pop();
      }
      this.take(next, this.after(next) as number);
    }
  }

  private reachedAnEnd(): void {
    if (this.moves.length > this.longest.length) this.longest = [...this.moves];
  }

  private plan(operations: readonly RecordedOperation<O>[]): void {
    const { spec } = this;
    const initial = this.states.intern(spec.initial);
    const keys = new Map<string, number>();
    const processes = new Map<number, Planned<O>[]>();
    const written: Set<number>[] = [];
    for (const recorded of operations) {
      const { operation, outcome } = recorded;
      const name = spec.partition?.(operation) ?? '';
      const key = keys.get(name) ?? keys.size;
      if (key === keys.size) {
        keys.set(name, key);
        this.current.push(initial);
        this.awaited.push(new Map());
        written.push(new Set([initial]));
      }
      const completed = outcome.kind === 'ok';
      const result = completed ? outcome.result : null;
      const access = spec.asRegister?.(operation);
      const { state } = spec.step(spec.initial, operation);
      const writes = access?.kind === 'write' ? this.states.intern(state) : -1;
      // What a register answers is its state, so that a read tells which state it needs.
      const reads = access?.kind === 'read' && completed ? this.states.intern(result as State) : -1;
      if (access === undefined || written[key]?.has(writes) === true) this.awaited[key] = undefined;
      else if (writes >= 0) written[key]?.add(writes);
      const ofKey = this.awaited[key];
      if (reads >= 0) ofKey?.set(reads, (ofKey.get(reads) ?? 0) + 1);
      const planned: Planned<O> = { recorded, key, completed, result, writes, reads };
      const process = processes.get(recorded.process) ?? [];
      processes.set(recorded.process, process);
      process.push(planned);
      if (completed) this.left++;
    }
    this.processes.push(...processes.values());
  }

  private next(process: number): Planned<O> | undefined {
    return this.processes[process]?.[this.positions[process] as number];
  }

  /** The state after the next operation of `process`; undefined if it does not fit. */
  private after(process: number): number | undefined {
    const next = this.next(process);
    if (next === undefined) return undefined;
    const { state, result } = this.spec.step(this.stateOf(next.key), next.recorded.operation);
    return next.completed && !sameResult(result, next.result) ? undefined : this.states.intern(state);
  }

  private stateOf(key: number): State {
    return this.states.values[this.current[key] as number] as State;
  }

  private take(process: number, after: number): void {
    const { recorded, key, completed, reads } = this.next(process) as Planned<O>;
    this.placed.add(recorded.index);
    this.moves.push({ process, key, stateBefore: this.current[key] as number });
    this.current[key] = after;
    this.positions[process] = (this.positions[process] as number) + 1;
    if (completed) this.left--;
    if (reads >= 0) this.await(key, reads, -1);
  }

  private undo(depth: number): void {
    while (this.moves.length > depth) {
      const { process, key, stateBefore } = this.moves.pop() as Move;
      this.current[key] = stateBefore;
      this.positions[process] = (this.positions[process] as number) - 1;
      const { recorded, completed, reads } = this.next(process) as Planned<O>;
      this.placed.delete(recorded.index);
      if (completed) this.left++;
      if (reads >= 0) this.await(key, reads, 1);
    }
  }

  private await(key: number, state: number, change: number): void {
    const ofKey = this.awaited[key];
    ofKey?.set(state, (ofKey.get(state) ?? 0) + change);
  }

  private takeReads(): void {
    for (let progress = true; progress;) {
      progress = false;
      for (const process of this.processes.keys())
        for (let next = this.next(process); next !== undefined; next = this.next(process)) {
          const after = this.spec.readOnly?.(next.recorded.operation) === true ? this.after(process) : undefined;
          if (after === undefined) break;
          this.take(process, after);
          progress = true;
        }
    }
  }

  /** The processes whose next operation fits, the one that comes first in the known order, or was invoked first, at the end. */
  private candidates(): number[] {
    const able = [...this.processes.keys()].filter((process) => {
      const next = this.next(process);
      if (next === undefined || this.after(process) === undefined) return false;
      const { index } = next.recorded;
      if (this.known?.get(index)?.after.every((one) => this.placed.has(one)) === false) return false;
      return (this.awaited[next.key]?.get(this.current[next.key] as number) ?? 0) === 0;
    });
    const rank = (process: number): number => {
      const index = this.next(process)?.recorded.index ?? 0;
      return this.known === undefined ? index : (this.known.get(index)?.rank ?? Infinity);
    };
    const ranks = new Map(able.map((process) => [process, rank(process)]));
    return able.sort((one, other) => (ranks.get(other) ?? 0) - (ranks.get(one) ?? 0));
  }

  private outcome(kind: Interleaving<O>['kind'], configurations: number): Interleaving<O> {
    this.undo(0);
    const longest: RecordedOperation<O>[] = [];
    for (const { process } of this.longest) {
      const planned = this.next(process) as Planned<O>;
      longest.push(planned.recorded);
      this.take(process, this.after(process) as number);
    }
    const blocked = [...this.processes.keys()].flatMap((process): Blocked<O>[] => {
      const next = this.next(process);
      if (next === undefined) return [];
      const { result } = this.spec.step(this.stateOf(next.key), next.recorded.operation);
      const overwrites = this.after(process) === undefined ? undefined : this.readerOf(next.key);
      return next.completed || overwrites !== undefined
        ? [{ operation: next.recorded, instead: result, overwrites }]
        : [];
    });
    return { kind, configurations, longest, blocked };
  }

  /** A read, still to come, of what is in `key` now. */
  private readerOf(key: number): RecordedOperation<O> | undefined {
    for (const [process, own] of this.processes.entries())
      for (const one of own.slice(this.positions[process]))
        if (one.key === key && one.reads === this.current[key]) return one.recorded;
    return undefined;
  }
}
