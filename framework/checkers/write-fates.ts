/** What became of each write: the bookkeeping under the durability checker, free of judgement. */
import type { AnyOperation, History } from '../history/entry.js';
import { operationsOf, type RecordedOperation } from '../history/operations.js';
import type { Time } from '../kernel/time.js';

/** How to recognise writes and what survived of them. */
export interface WriteRules<O extends AnyOperation> {
  /** The identity of what `operation` writes, unique in its scope; undefined for an operation that writes nothing. */
  readonly writeId: (operation: O) => string | undefined;
  /**
   * The identities that a final read found, repeated as often as it found them; undefined for an operation that is not
   * a read of this kind.
   */
  readonly survivors: (operation: O, result: unknown) => Iterable<string> | undefined;
  /**
   * Reads invoked at this index of the history or later are final: the run has healed and is quiet. With 0 every read is
   * looked at, which shows how long writes stay invisible (`stale`).
   */
  readonly finalReadsFrom: number;
  /** Writes invoked at this index or later came after healing, so that alone they prove nothing. Default: none did. */
  readonly probesFrom?: number;
  /** What a final read covers (a key, a stream): a write is looked for in the reads of its own scope. Default: all. */
  readonly scope?: (operation: O) => string;
  /**
   * When nodes failed. The age of a lost write counts from its acknowledgement to the first failure after it; without
   * one, to the first final read after it, which is the most that it can be.
   */
  readonly failures?: readonly Time[];
}

/** What became of one write. */
export interface WriteFate<O extends AnyOperation> {
  readonly id: string;
  readonly write: RecordedOperation<O>;
  readonly outcome: 'acknowledged' | 'unknown' | 'failed';
  /** How many final reads of its scope began after its acknowledgement (or at all, if it has none). */
  readonly reads: number;
  /** How many of those did not find it, and how many final reads found it. */
  readonly missed: number;
  readonly found: number;
  /** How often the final read that found it most often found it. */
  readonly mostInOneRead: number;
  /**
   * Present when it was acknowledged, missing from a final read after that, and found by a later one: from the
   * acknowledgement to the last final read that missed it, in microseconds, the least that it took to become visible.
   */
  readonly staleMicros?: number;
  /** Present when it was acknowledged, looked for, and found nowhere. */
  readonly loss?: LostWrite<O>;
}

/** An acknowledged write that no final read found. */
export interface LostWrite<O extends AnyOperation> {
  readonly id: string;
  readonly write: RecordedOperation<O>;
  readonly invokedAt: Time;
  readonly ackedAt: Time;
  /** From the acknowledgement to the failure: the lag that would explain the loss. See `failures`. */
  readonly ageMicros: number;
  /** The last write of the same scope that survived, if invoked after the acknowledgement: no cut, but a hole. */
  readonly outlivedBy: RecordedOperation<O> | undefined;
}

/** What one final read found, and how often. */
interface FinalRead {
  readonly index: number;
  readonly invokedAt: Time;
  readonly times: ReadonlyMap<string, number>;
}

interface Classified<O extends AnyOperation> {
  readonly writes: readonly WriteFate<O>[];
  readonly unexpected: readonly string[];
  readonly finalReads: number;
}

/** Every write of `history` with its fate, in the order of invocation. O(writes × final reads + survivors). */
export function classifyWrites<O extends AnyOperation>(history: History<O>, rules: WriteRules<O>): Classified<O> {
  const { writeId, scope = () => '' } = rules;
  const operations = operationsOf(history);
  const scopes = readScopes(operations, rules);
  const written = new Map<string, Set<string>>();
  const fates: { readonly fate: WriteFate<O>; readonly scope: string; readonly quietAt: Time | undefined }[] = [];
  for (const write of operations) {
    const id = writeId(write.operation);
    if (id === undefined) continue;
    const name = scope(write.operation);
    const ids = written.get(name) ?? new Set();
    written.set(name, ids.add(id));
    const { kind } = write.outcome;
    const outcome = kind === 'ok' ? 'acknowledged' : kind === 'fail' ? 'failed' : 'unknown';
    const all = scopes.get(name) ?? [];
    const from = outcome === 'acknowledged' ? (write.returnIndex ?? 0) : 0;
    const covering = all.filter(({ index }) => index >= from);
    const counts = all.map(({ times }) => times.get(id) ?? 0);
    const missed = covering.filter(({ times }) => !times.has(id)).length;
    const found = counts.filter((count) => count > 0).length;
    const staleMicros = outcome === 'acknowledged' ? stalenessOf(id, write, covering) : undefined;
    const fate = {
      id,
      write,
      outcome,
      reads: covering.length,
      missed,
      found,
      mostInOneRead: Math.max(0, ...counts),
      ...(staleMicros === undefined ? {} : { staleMicros }),
    } as const;
    fates.push({ fate, scope: name, quietAt: covering[0]?.invokedAt });
  }
  /** Of each scope, the last write that survived: it outlives all that were acknowledged before its invocation. */
  const lastSurvivor = new Map<string, RecordedOperation<O>>();
  for (const { fate, scope: name } of fates) if (fate.found > 0) lastSurvivor.set(name, fate.write);
  const unexpected = [...scopes].flatMap(([name, reads]) => {
    const ids = new Set(reads.flatMap(({ times }) => [...times.keys()]));
    return [...ids].filter((id) => written.get(name)?.has(id) !== true);
  });
  return {
    writes: fates.map(({ fate, scope: name, quietAt }) =>
      withLoss(fate, { survivor: lastSurvivor.get(name), quietAt, failures: rules.failures ?? [] }),
    ),
    unexpected,
    finalReads: [...scopes.values()].reduce((sum, reads) => sum + reads.length, 0),
  };
}

/** How long the write stayed invisible, if a final read found it after another had missed it. */
function stalenessOf<O extends AnyOperation>(
  id: string,
  { returnedAt }: RecordedOperation<O>,
  covering: readonly FinalRead[],
): number | undefined {
  const last = covering.findLastIndex(({ times }) => times.has(id));
  const missed = covering.slice(0, Math.max(0, last)).findLast(({ times }) => !times.has(id));
  return missed === undefined || returnedAt === null ? undefined : missed.invokedAt - returnedAt;
}

/** The answered final reads of each scope, in the order of invocation. */
function readScopes<O extends AnyOperation>(
  operations: readonly RecordedOperation<O>[],
  { survivors, finalReadsFrom, scope = () => '' }: WriteRules<O>,
): Map<string, FinalRead[]> {
  const scopes = new Map<string, FinalRead[]>();
  for (const { index, invokedAt, operation, outcome } of operations) {
    if (index < finalReadsFrom || outcome.kind !== 'ok') continue;
    const ids = survivors(operation, outcome.result);
    if (ids === undefined) continue;
    const times = new Map<string, number>();
    for (const id of ids) times.set(id, (times.get(id) ?? 0) + 1);
    const name = scope(operation);
    const reads = scopes.get(name) ?? [];
    scopes.set(name, reads);
    reads.push({ index, invokedAt, times });
  }
  return scopes;
}

function withLoss<O extends AnyOperation>(
  fate: WriteFate<O>,
  around: {
    readonly survivor: RecordedOperation<O> | undefined;
    readonly quietAt: Time | undefined;
    readonly failures: readonly Time[];
  },
): WriteFate<O> {
  const { id, write, outcome, reads, found } = fate;
  const { survivor, quietAt, failures } = around;
  const { invokedAt, returnedAt: ackedAt, returnIndex } = write;
  if (outcome !== 'acknowledged' || ackedAt === null || returnIndex === null || reads === 0 || found > 0) return fate;
  const later = failures.filter((failure) => failure >= ackedAt);
  const until = later.length === 0 ? (quietAt ?? ackedAt) : Math.min(...later);
  const outlivedBy = survivor !== undefined && survivor.index > returnIndex ? survivor : undefined;
  return { ...fate, loss: { id, write, invokedAt, ackedAt, ageMicros: until - ackedAt, outlivedBy } };
}
