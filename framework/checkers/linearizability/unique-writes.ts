/**
 * Registers whose written values are all different, decided in O(n log n) (P. Gibbons, E. Korach, "Testing shared
 * memories", SIAM J. Comput. 26(4), 1997, §4). Every read then tells which write it saw. A write and its reads are a
 * cluster, and must lie together in any legal order. From the first return in a cluster to the last call there is, if
 * they come in this order, a *forward zone*, in which the register must hold the value; if they come the other way, the
 * *backward zone* between them holds a point at which the whole cluster fits. An order exists if and only if no read
 * returns before its write is called, no two forward zones overlap, and no backward zone lies within a forward one.
 */
import type { AnyOperation } from '../../history/entry.js';
import type { Spec } from '../spec.js';
import { sameResult, type Problem } from './problem.js';
import { StateTable } from './state-table.js';

interface Cluster {
  /** The event of the write's call; -1 for the initial value. Infinite as long as it is not known. */
  writtenFrom: number;
  firstReturn: number;
  lastCall: number;
  firstReadReturn: number;
  reads: number;
  /** The write has returned. */
  completed: boolean;
}

/** The operations of one key as a register's. */
export interface UniqueWrites {
  /** By operation: the number of the value that it wrote or read; -1 for a read that nobody answered. */
  readonly values: Int32Array;
  readonly isWrite: Uint8Array;
  readonly valueCount: number;
}

/** `problem` as reads and writes of different values; undefined if it is not that, or `spec` does not tell. */
export function asUniqueWrites<State, O extends AnyOperation>(
  { operations }: Problem<O>,
  spec: Spec<State, O>,
): UniqueWrites | undefined {
  if (spec.asRegister === undefined) return undefined;
  const table = new StateTable<unknown>();
  table.intern(spec.initial ?? null);
  const values = new Int32Array(operations.length).fill(-1);
  const isWrite = new Uint8Array(operations.length);
  const written = new Set<number>([0]);
  for (const [id, { operation, certainty, result }] of operations.entries()) {
    const access = spec.asRegister(operation);
    if (access === undefined || certainty === 'free') return undefined;
    if (access.kind === 'read') {
      if (certainty === 'completed') values[id] = table.intern(result ?? null);
      continue;
    }
    // A write that returned what no write returns is for the search to reject.
    if (certainty === 'completed' && !sameResult(spec.step(spec.initial, operation).result, result)) return undefined;
    const value = table.intern(access.value ?? null);
    if (written.has(value)) return undefined;
    written.add(value);
    values[id] = value;
    isWrite[id] = 1;
  }
  return { values, isWrite, valueCount: table.values.length };
}

/** Whether the events before `end` have a legal order. O(n log n). */
function isLegal(
  events: readonly number[],
  { values, isWrite, valueCount }: UniqueWrites,
  returned: Uint8Array,
  end: number,
): boolean {
  // What has not returned by then is pending: its result is not known yet.
  returned.fill(0);
  for (let index = 0; index < end; index++) {
    const event = events[index] as number;
    if ((event & 1) === 1) returned[event >> 1] = 1;
  }
  const clusters = Array.from({ length: valueCount }, (_, value): Cluster => {
    const initial = value === 0;
    return {
      writtenFrom: initial ? -1 : Infinity,
      firstReturn: initial ? -1 : Infinity,
      lastCall: -1,
      firstReadReturn: Infinity,
      reads: 0,
      completed: initial,
    };
  });
  for (let index = 0; index < end; index++) {
    const event = events[index] as number;
    const id = event >> 1;
    const write = isWrite[id] === 1;
    if (!write && returned[id] === 0) continue;
    const cluster = clusters[values[id] as number] as Cluster;
    if ((event & 1) === 0) {
      cluster.lastCall = index;
      if (write) cluster.writtenFrom = index;
      else cluster.reads++;
    } else {
      cluster.firstReturn = Math.min(cluster.firstReturn, index);
      if (write) cluster.completed = true;
      else cluster.firstReadReturn = Math.min(cluster.firstReadReturn, index);
    }
  }
  const forward: Cluster[] = [];
  const backward: Cluster[] = [];
  for (const cluster of clusters) {
    if (cluster.firstReadReturn < cluster.writtenFrom) return false;
    // A write that nobody saw and that never returned need not have happened.
    if (cluster.reads === 0 && !cluster.completed) continue;
    (cluster.firstReturn < cluster.lastCall ? forward : backward).push(cluster);
  }
  forward.sort((one, other) => one.firstReturn - other.firstReturn);
  for (let at = 1; at < forward.length; at++)
    if ((forward[at] as Cluster).firstReturn < (forward[at - 1] as Cluster).lastCall) return false;
  return backward.every(({ firstReturn, lastCall }) => {
    // The last forward zone that begins before this backward zone, [lastCall, firstReturn], does.
    let low = 0;
    let high = forward.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((forward[middle] as Cluster).firstReturn < lastCall) low = middle + 1;
      else high = middle;
    }
    const around = forward[low - 1];
    return around === undefined || around.lastCall < firstReturn;
  });
}

/** The first return that makes the history illegal, or undefined if there is an order for all of it. O(n log² n). */
export function firstIllegalReturn<O extends AnyOperation>(
  { operations, events }: Problem<O>,
  writes: UniqueWrites,
): number | undefined {
  const returned = new Uint8Array(operations.length);
  if (isLegal(events, writes, returned, events.length)) return undefined;
  // A prefix of a legal history is legal.
  let legal = 0;
  let illegal = events.length;
  while (illegal - legal > 1) {
    const middle = (legal + illegal) >> 1;
    if (isLegal(events, writes, returned, middle)) legal = middle;
    else illegal = middle;
  }
  return illegal - 1;
}
