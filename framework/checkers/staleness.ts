/**
 * Staleness: how old the answers of reads were (W. Golab, X. Li, M. Shah, "Analyzing consistency properties for fun and
 * profit", PODC 2011). A read is stale when a write that certainly came after the one it returned had certainly taken
 * effect before the read began. What may be concurrent counts as fresh, so every figure is the least that it can be.
 */
import type { AnyOperation, History } from '../history/entry.js';
import { operationsOf, type RecordedOperation } from '../history/operations.js';
import { describeOperation, describeRecorded } from '../history/vocabulary.js';
import { formatTime, type Time } from '../kernel/time.js';
import { StateTable } from './linearizability/state-table.js';
import type { Spec } from './spec.js';
import type { CheckResult, Violation } from './verdict.js';

/** A read that returned less than the latest, and how much less. */
export interface StaleRead<O extends AnyOperation> {
  readonly read: RecordedOperation<O>;
  /** The write whose value it returned; undefined for the initial value. */
  readonly source: RecordedOperation<O> | undefined;
  /** The write that first certainly overwrote that value, as far as returns tell. */
  readonly overwrittenBy: RecordedOperation<O>;
  /** From the return of `overwrittenBy` to the invocation of the read, in microseconds. */
  readonly ageMicros: number;
  /** How many writes of the key had certainly come in between. */
  readonly versions: number;
}

/** How old the answers of a history were. */
export interface Staleness<O extends AnyOperation> {
  /** How many reads were answered. */
  readonly reads: number;
  /** In the order of invocation. */
  readonly stale: readonly StaleRead<O>[];
  /** 0 when no read was stale. */
  readonly ageMicrosMax: number;
  readonly versionsMax: number;
  /** Reads that returned what nobody had begun to write. */
  readonly unexplained: readonly RecordedOperation<O>[];
  /** Operations that are neither plain reads nor plain writes (`spec.asRegister`): with any, figures would be wrong. */
  readonly others: readonly RecordedOperation<O>[];
}

interface Write<O extends AnyOperation> {
  readonly recorded: RecordedOperation<O>;
  /** The index in the history of its return; infinite for one whose outcome is unknown. */
  readonly returned: number;
}

interface Key<O extends AnyOperation> {
  readonly writes: Write<O>[];
  /** By value, the writes of it. */
  readonly byValue: Map<number, Write<O>[]>;
  readonly reads: { readonly recorded: RecordedOperation<O>; readonly value: number }[];
}

/** Measures every answered read of `history`. O(n log n). Throws when the history is not well-formed. */
export function measureStaleness<State, O extends AnyOperation>(
  history: History<O>,
  spec: Spec<State, O>,
): Staleness<O> {
  const values = new StateTable<unknown>();
  const initial = values.intern(spec.initial ?? null);
  const keys = new Map<string, Key<O>>();
  const others: RecordedOperation<O>[] = [];
  for (const recorded of operationsOf(history)) {
    const { operation, outcome, returnIndex } = recorded;
    const access = spec.asRegister?.(operation);
    if (access === undefined) others.push(recorded);
    if (access === undefined || outcome.kind === 'fail') continue;
    const name = spec.partition?.(operation) ?? '';
    const key: Key<O> = keys.get(name) ?? { writes: [], byValue: new Map(), reads: [] };
    keys.set(name, key);
    if (access.kind === 'read') {
      if (outcome.kind === 'ok') key.reads.push({ recorded, value: values.intern(outcome.result ?? null) });
      continue;
    }
    const write = { recorded, returned: outcome.kind === 'ok' ? (returnIndex ?? Infinity) : Infinity };
    const value = values.intern(access.value ?? null);
    key.writes.push(write);
    key.byValue.set(value, [...(key.byValue.get(value) ?? []), write]);
  }
  const stale: StaleRead<O>[] = [];
  const unexplained: RecordedOperation<O>[] = [];
  let reads = 0;
  for (const key of keys.values()) {
    reads += key.reads.length;
    measureKey(key, initial, { stale, unexplained });
  }
  stale.sort((one, other) => one.read.index - other.read.index);
  return {
    reads,
    stale,
    ageMicrosMax: stale.reduce((most, { ageMicros }) => Math.max(most, ageMicros), 0),
    versionsMax: stale.reduce((most, { versions }) => Math.max(most, versions), 0),
    unexplained,
    others,
  };
}

function measureKey<O extends AnyOperation>(
  { writes, byValue, reads }: Key<O>,
  initial: number,
  found: { readonly stale: StaleRead<O>[]; readonly unexplained: RecordedOperation<O>[] },
): void {
  /** Of the writes from this one on, in the order of invocation, the place of the one that returned first. */
  const firstReturn = new Int32Array(writes.length);
  for (let place = writes.length - 1; place >= 0; place--) {
    const later = firstReturn[place + 1];
    firstReturn[place] =
      later !== undefined && (writes[later] as Write<O>).returned < (writes[place] as Write<O>).returned
        ? later
        : place;
  }
  const returns = [...writes.entries()].filter(([, { returned }]) => returned < Infinity);
  returns.sort(([, one], [, other]) => one.returned - other.returned);
  // Writes that have returned, by the place of their invocation, so that those behind a place can be counted.
  const counted = new Fenwick(writes.length);
  let next = 0;
  for (const { recorded: read, value } of reads) {
    for (let one = returns[next]; one !== undefined && one[1].returned < read.index; one = returns[++next])
      counted.add(one[0]);
    const source = sourceOf(byValue.get(value) ?? [], read.returnIndex ?? Infinity);
    if (source === undefined && value !== initial) {
      found.unexplained.push(read);
      continue;
    }
    const behind = firstInvokedAfter(writes, source?.returned ?? -1);
    const overwriting = writes[firstReturn[behind] ?? -1];
    if (overwriting === undefined || overwriting.returned >= read.index) continue;
    const overwrittenAt: Time | null = overwriting.recorded.returnedAt;
    found.stale.push({
      read,
      source: source?.recorded,
      overwrittenBy: overwriting.recorded,
      ageMicros: read.invokedAt - (overwrittenAt ?? read.invokedAt),
      versions: counted.from(behind),
    });
  }
}

/** Of the writes of the value that began before the read returned, the one that returned last: the freshest explanation. */
function sourceOf<O extends AnyOperation>(writes: readonly Write<O>[], readReturned: number): Write<O> | undefined {
  let best: Write<O> | undefined;
  for (const write of writes)
    if (write.recorded.index < readReturned && (best === undefined || write.returned > best.returned)) best = write;
  return best;
}

/** The place of the first write invoked after `index`: writes are in the order of invocation. */
function firstInvokedAfter<O extends AnyOperation>(writes: readonly Write<O>[], index: number): number {
  let low = 0;
  let high = writes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((writes[middle] as Write<O>).recorded.index > index) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Counts places at or behind one (P. Fenwick, "A new data structure for cumulative frequency tables", 1994). */
class Fenwick {
  private readonly sums: Int32Array;

  constructor(places: number) {
    this.sums = new Int32Array(places + 1);
  }

  add(place: number): void {
    for (let at = this.sums.length - 1 - place; at < this.sums.length; at += at & -at)
      this.sums[at] = (this.sums[at] as number) + 1;
  }

  /** How many were added at `place` or behind it. */
  from(place: number): number {
    let sum = 0;
    for (let at = this.sums.length - 1 - place; at > 0; at -= at & -at) sum += this.sums[at] as number;
    return sum;
  }
}

/** How old an answer may be. */
export interface StalenessBounds {
  /** The oldest that an answer may be. */
  readonly ageMicrosMax?: number;
  /** How many writes an answer may miss. */
  readonly versionsMax?: number;
}

/**
 * Judges the reads of `history` by bounds; without any, no read may be stale.
 *
 * - `invalid`: the stalest read beyond a bound, or one that returned what nobody had begun to write.
 * - `unknown`: no read was answered, or there are operations other than plain reads and writes.
 */
export function checkStaleness<State, O extends AnyOperation>(
  history: History<O>,
  spec: Spec<State, O>,
  bounds: StalenessBounds = {},
): CheckResult {
  const { reads, stale, ageMicrosMax, versionsMax, unexplained, others } = measureStaleness(history, spec);
  const seen = { reads, stale: stale.length, ageMicrosMax, versionsMax };
  const [other] = others;
  const [unfounded] = unexplained;
  if (other !== undefined) {
    const reason = `${describeOperation(other.operation)} (process ${other.process}) is neither a plain read nor a plain write`;
    return { verdict: 'unknown', reason, seen };
  }
  if (unfounded !== undefined) return { verdict: 'invalid', violation: tellUnfounded(unfounded), seen };
  const { ageMicrosMax: ageLimit, versionsMax: versionsLimit } =
    Object.keys(bounds).length === 0 ? { ageMicrosMax: undefined, versionsMax: 0 } : bounds;
  const beyond = stale.filter(
    ({ ageMicros, versions }) => ageMicros > (ageLimit ?? Infinity) || versions > (versionsLimit ?? Infinity),
  );
  const [first] = beyond;
  if (first !== undefined) {
    const worst = beyond.reduce((most, one) => (one.ageMicros > most.ageMicros ? one : most), first);
    return { verdict: 'invalid', violation: tellStale(worst, beyond.length, reads), seen };
  }
  return reads > 0 ? { verdict: 'valid', seen } : { verdict: 'unknown', reason: 'no read was answered', seen };
}

function tellStale<O extends AnyOperation>(worst: StaleRead<O>, count: number, reads: number): Violation {
  const { read, source, overwrittenBy, ageMicros, versions } = worst;
  const others = count === 1 ? '' : `; ${count} of ${reads} reads are too old, this one the most`;
  return {
    rule: 'stale read',
    explanation:
      `${describeRecorded(read)} returned what had been overwritten for at least ${formatTime(ageMicros)}: ` +
      `${describeRecorded(overwrittenBy)} had returned at ${formatTime(overwrittenBy.returnedAt ?? 0)}` +
      `${versions === 1 ? '' : `, the first of ${versions} newer writes`}${others}.`,
    operations: [...(source === undefined ? [] : [source.index]), overwrittenBy.index, read.index],
  };
}

const tellUnfounded = <O extends AnyOperation>(read: RecordedOperation<O>): Violation => ({
  rule: 'read of what nobody wrote',
  explanation: `${describeRecorded(read)} returned what nobody had begun to write.`,
  operations: [read.index],
});
