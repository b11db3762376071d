/** What both systems promise, and what the synchronous one promises beyond that. Asynchronous loss: see loss.ts. */
import { checkLinearizability, type CheckResult, type Entry, type Property, type Seen } from '../../framework/index.js';
import { keyValue, type KeyValueOperation } from '../specs/key-value.js';
import { answeredOperations, finalState, type Evidence, type Inspection, type Replica } from './evidence.js';
import { valueOf } from './log.js';
import type { LogRecord, Operation } from './messages.js';

type Claim = Property<Operation, Inspection>;

export const unknown = (reason: string, seen: Seen): CheckResult => ({ verdict: 'unknown', reason, seen });
export const valid = (seen: Seen): CheckResult => ({ verdict: 'valid', seen });
export const invalid = (
  violation: { readonly rule: string; readonly explanation: string; readonly operations: readonly number[] },
  seen: Seen,
): CheckResult => ({ verdict: 'invalid', violation, seen });

export const NO_FINAL_STATE = 'no primary could be inspected at the end';

const describeRecord = (record: LogRecord | undefined): string =>
  record === undefined ? 'nothing' : `${record.key}=${record.value} of term ${record.term}`;

/** The first place where two logs differ, in words; undefined if they are equal. */
function difference(one: Replica, other: Replica): string | undefined {
  const length = Math.max(one.log.length, other.log.length);
  for (let index = 0; index < length; index++) {
    const [mine, theirs] = [one.log[index], other.log[index]];
    if (mine?.id !== theirs?.id || mine?.term !== theirs?.term)
      return `at index ${index} ${one.node} holds ${describeRecord(mine)} and ${other.node} ${describeRecord(theirs)}`;
  }
  return undefined;
}

/** A write may still be on its way for this long after its client has stopped asking: see `configuration.ts`. */
const QUIET_MICROS = 30_000;

/** When the last write to each key was over, as its client saw it. */
function quietSince({ history }: Evidence): ReadonlyMap<string, number> {
  const writing = new Map<number, string>();
  const quiet = new Map<string, number>();
  for (const entry of history) {
    if (entry.type === 'invoke') {
      const { operation } = entry;
      if (operation.kind === 'put') writing.set(entry.process, operation.key);
      else writing.delete(entry.process);
      continue;
    }
    const key = writing.get(entry.process);
    if (key !== undefined) quiet.set(key, entry.time);
  }
  return quiet;
}

/** Some time after the last fault, every replica holds the same log, and every read shows it. */
export const convergence: Claim = {
  name: 'replicas converge after healing',
  check(run) {
    const final = finalState(run);
    if (final === undefined) return unknown(NO_FINAL_STATE, {});
    const seen = { records: final.log.length, failovers: final.monitor.failovers.length };
    const primary = final.replicas.find(({ node }) => node === final.monitor.primary);
    for (const replica of final.replicas) {
      const found = primary === undefined ? undefined : difference(primary, replica);
      if (found === undefined) continue;
      const explanation = `Long after healing the logs of the replicas differ: ${found}.`;
      return invalid({ rule: 'logs differ', explanation, operations: [] }, seen);
    }
    const quiet = quietSince(run);
    for (const { operation, result, index } of answeredOperations(run).reads) {
      if (index < run.finalReadsFrom) continue;
      const askedAt = run.history[index]?.time ?? 0;
      if (askedAt < (quiet.get(operation.key) ?? 0) + QUIET_MICROS) continue;
      const expected = valueOf(final.log, final.log.length, operation.key);
      if (result === expected) continue;
      const where = operation.kind === 'peek' ? operation.at : 'the primary';
      const explanation =
        `Long after healing a read of ${operation.key} at ${where} returned ${JSON.stringify(result)}, ` +
        `but the last write to it in every log is ${String(expected)}.`;
      return invalid({ rule: 'a read differs from the log', explanation, operations: [index] }, seen);
    }
    return final.log.length === 0 ? unknown('no write was replicated', seen) : valid(seen);
  },
};

/** Acknowledged means: in the log of the last primary, and by convergence of every replica. */
export const noAcknowledgedWriteLost: Claim = {
  name: 'no acknowledged write is lost',
  check(run) {
    const final = finalState(run);
    if (final === undefined) return unknown(NO_FINAL_STATE, {});
    const { writes } = answeredOperations(run);
    const kept = new Set(final.log.map(({ value }) => value));
    const lost = writes.filter(({ operation }) => !kept.has(operation.value));
    const seen = {
      acknowledged: writes.length,
      failovers: final.monitor.failovers.length,
      changesOfInSyncSet: final.monitor.changes,
    };
    if (lost.length > 0) {
      const names = lost.map(({ operation: { key, value } }) => `${key}=${value}`).join(', ');
      const explanation =
        `${lost.length} of ${writes.length} acknowledged writes are not in the log of ${final.monitor.primary}, the ` +
        `primary at the end: ${names}. An acknowledgement promises that every in-sync copy has the write on disk.`;
      const operations = lost.map(({ index }) => index);
      return invalid({ rule: 'acknowledged write lost', explanation, operations }, seen);
    }
    return writes.length === 0 ? unknown('no write was acknowledged', seen) : valid(seen);
  },
};

/** Peeks are no part of it: they may be stale. Indices are led back to the whole history. */
export const linearizableAtPrimary: Claim = {
  name: 'reads at the primary are linearizable',
  check({ history }) {
    const kept: Entry<KeyValueOperation>[] = [];
    const indices: number[] = [];
    const peeking = new Set<number>();
    for (const [index, entry] of history.entries()) {
      if (entry.type === 'invoke') {
        const { operation } = entry;
        if (operation.kind === 'peek') peeking.add(entry.process);
        else {
          peeking.delete(entry.process);
          kept.push({ ...entry, operation });
          indices.push(index);
        }
      } else if (!peeking.has(entry.process)) {
        kept.push(entry);
        indices.push(index);
      }
    }
    const result = checkLinearizability(kept, keyValue);
    if (result.verdict !== 'invalid') return result;
    const operations = result.violation.operations.map((index) => indices[index] ?? index);
    return { ...result, violation: { ...result.violation, operations } };
  },
};

/** Synchronous backups show committed writes only: stale, perhaps, but never one that a failover then takes back. */
export const backupsShowWhatLasts: Claim = {
  name: 'a read from a backup shows only writes that last',
  check(run) {
    const final = finalState(run);
    if (final === undefined) return unknown(NO_FINAL_STATE, {});
    return judgeReads(run, {
      allowed: new Set(final.log.map(({ value }) => value)),
      rule: 'a backup showed a write that did not last',
      promise: 'a backup shows only what every in-sync copy holds, and that is never lost',
      which: 'peek',
    });
  },
};

/** Asynchronous reads, wherever served, promise only this, and that they show the log in the end: see convergence. */
export const readsShowWrites: Claim = {
  name: 'a read shows only what was written',
  check(run) {
    const written = new Set<number>();
    for (const entry of run.history)
      if (entry.type === 'invoke' && entry.operation.kind === 'put') written.add(entry.operation.value);
    return judgeReads(run, {
      allowed: written,
      rule: 'read of what nobody wrote',
      promise: 'a value can only come from a write',
      which: 'any',
    });
  },
};

function judgeReads(
  run: Evidence,
  options: {
    readonly allowed: ReadonlySet<unknown>;
    readonly rule: string;
    readonly promise: string;
    readonly which: 'peek' | 'any';
  },
): CheckResult {
  const { allowed, rule, promise, which } = options;
  const reads = answeredOperations(run).reads.filter(({ operation }) => which === 'any' || operation.kind === which);
  const seen = { reads: reads.length, empty: reads.filter(({ result }) => result === null).length };
  for (const { operation, result, index } of reads) {
    if (result === null || allowed.has(result)) continue;
    const explanation = `A read of ${operation.key} returned ${JSON.stringify(result)}: ${promise}.`;
    return invalid({ rule, explanation, operations: [index] }, seen);
  }
  return reads.length === 0 ? unknown('no such read was answered', seen) : valid(seen);
}
