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
  /** Reads invoked at this index of the history or later are final: the run has healed and is quiet. */
  readonly finalReadsFrom: number;
  /** What a final read covers (a key, a stream): a write is looked for in the reads of its own scope. Default: all. */
  readonly scope?: (operation: O) => string;
  /**
   * When nodes failed. The age of a lost write counts from its acknowledgement to the first failure after it; without
   * one, to the beginning of the final reads, which is the most that it can be.
   */
  readonly failures?: readonly Time[];
}

export interface WriteFate<O extends AnyOperation> {
  readonly id: string;
  readonly write: RecordedOperation<O>;
  readonly outcome: 'acknowledged' | 'unknown' | 'failed';
  /** How many final reads covered it, and how many of those found it. */
  readonly reads: number;
  readonly found: number;
  /** How often the final read that found it most often found it. */
  readonly mostInOneRead: number;
  /** Present when it was acknowledged, looked for, and found nowhere. */
  readonly loss?: LostWrite<O>;
}

export interface LostWrite<O extends AnyOperation> {
  readonly id: string;
  readonly write: RecordedOperation<O>;
  readonly invokedAt: Time;
  readonly ackedAt: Time;
  /** From the acknowledgement to the failure: the lag that would explain the loss. See `failures`. */
  readonly ageMicros: number;
  /** A write of the same scope, invoked after the acknowledgement, that survived: the loss is no cut but a hole. */
  readonly outlivedBy: RecordedOperation<O> | undefined;
}

interface Scope {
  reads: number;
  /** Per identity, in how many reads it was found, and how often at most in one. */
  readonly found: Map<string, { reads: number; most: number }>;
}

interface Classified<O extends AnyOperation> {
  readonly writes: readonly WriteFate<O>[];
  readonly unexpected: readonly string[];
  readonly finalReads: number;
}

/** Every write of `history` with its fate, in the order of invocation. O(n + survivors). */
export function classifyWrites<O extends AnyOperation>(history: History<O>, rules: WriteRules<O>): Classified<O> {
  const { writeId, finalReadsFrom, scope = () => '' } = rules;
  const operations = operationsOf(history);
  const scopes = readScopes(operations, rules);
  const written = new Map<string, Set<string>>();
  const writes: WriteFate<O>[] = [];
  for (const write of operations) {
    const id = writeId(write.operation);
    if (id === undefined) continue;
    const name = scope(write.operation);
    const ids = written.get(name) ?? new Set();
    written.set(name, ids.add(id));
    const read = scopes.get(name);
    const found = read?.found.get(id);
    const { kind } = write.outcome;
    const outcome = kind === 'ok' ? 'acknowledged' : kind === 'fail' ? 'failed' : 'unknown';
    writes.push({
      id,
      write,
      outcome,
      reads: read?.reads ?? 0,
      found: found?.reads ?? 0,
      mostInOneRead: found?.most ?? 0,
    });
  }
  const unexpected = [...scopes].flatMap(([name, { found }]) =>
    [...found.keys()].filter((id) => written.get(name)?.has(id) !== true),
  );
  const quietFrom = history[finalReadsFrom]?.time ?? history.at(-1)?.time ?? 0;
  return {
    writes: writes.map((fate) => withLoss(fate, writes, { rules, quietFrom })),
    unexpected,
    finalReads: [...scopes.values()].reduce((sum, { reads }) => sum + reads, 0),
  };
}

function readScopes<O extends AnyOperation>(
  operations: readonly RecordedOperation<O>[],
  { survivors, finalReadsFrom, scope = () => '' }: WriteRules<O>,
): Map<string, Scope> {
  const scopes = new Map<string, Scope>();
  for (const { index, operation, outcome } of operations) {
    if (index < finalReadsFrom || outcome.kind !== 'ok') continue;
    const ids = survivors(operation, outcome.result);
    if (ids === undefined) continue;
    const name = scope(operation);
    const read = scopes.get(name) ?? { reads: 0, found: new Map<string, { reads: number; most: number }>() };
    scopes.set(name, read);
    read.reads++;
    const times = new Map<string, number>();
    for (const id of ids) times.set(id, (times.get(id) ?? 0) + 1);
    for (const [id, most] of times) {
      const before = read.found.get(id) ?? { reads: 0, most: 0 };
      read.found.set(id, { reads: before.reads + 1, most: Math.max(before.most, most) });
    }
  }
  return scopes;
}

function withLoss<O extends AnyOperation>(
  fate: WriteFate<O>,
  writes: readonly WriteFate<O>[],
  { rules, quietFrom }: { readonly rules: WriteRules<O>; readonly quietFrom: number },
): WriteFate<O> {
  const { id, write, outcome, reads, found } = fate;
  const ackedAt = write.returnedAt;
  if (outcome !== 'acknowledged' || ackedAt === null || reads === 0 || found > 0) return fate;
  const { scope = () => '', failures = [] } = rules;
  const later = failures.filter((failure) => failure >= ackedAt);
  const until = later.length === 0 ? quietFrom : Math.min(...later);
  const name = scope(write.operation);
  const survivor = writes.find(
    (other) =>
      other.found > 0 && other.write.index > (write.returnIndex ?? Infinity) && scope(other.write.operation) === name,
  );
  const { invokedAt } = write;
  const loss = { id, write, invokedAt, ackedAt, ageMicros: Math.max(0, until - ackedAt), outlivedBy: survivor?.write };
  return { ...fate, loss };
}
