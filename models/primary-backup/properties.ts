/** What both systems promise, and what the synchronous one promises beyond that. Asynchronous loss: see loss.ts. */
import {
  checkConvergence,
  checkDurability,
  checkLinearizability,
  operationsOf,
  type CheckResult,
  type Entry,
  type NodeId,
  type Property,
} from '../../framework/index.js';
import { degradations } from './degradations.js';
import { keyValue, type KeyValueOperation } from '../specs/key-value.js';
import {
  answeredOperations,
  finalState,
  invalid,
  NO_FINAL_STATE,
  unknown,
  valid,
  type Evidence,
  type FinalState,
  type Inspection,
} from './evidence.js';
import { valueOf } from './log.js';
import type { LogRecord, Operation } from './messages.js';

type Claim = Property<Operation, Inspection>;

/** A write may still be on its way for this long after its client has stopped asking: see `configuration.ts`. */
const QUIET_MICROS = 30_000;

/** When the last write to each key was over, as its client saw it. */
function quietSince({ history }: Evidence): ReadonlyMap<string, number> {
  const quiet = new Map<string, number>();
  for (const { operation, returnedAt } of operationsOf(history))
    if (operation.kind === 'put')
      quiet.set(operation.key, Math.max(quiet.get(operation.key) ?? 0, returnedAt ?? Infinity));
  return quiet;
}

/** Some time after the last fault, every replica holds the same log, and every read shows it. */
export const convergence: Claim = {
  name: 'replicas converge after healing',
  check(run) {
    const final = finalState(run);
    if (final === undefined) return unknown(NO_FINAL_STATE, {});
    const logs = checkConvergence(new Map(final.replicas.map(({ node, log }) => [node, log])));
    if (logs.verdict === 'invalid') {
      const explanation = `Long after healing the logs of the replicas differ. ${logs.violation.explanation}`;
      return { ...logs, violation: { ...logs.violation, explanation } };
    }
    if (logs.verdict === 'unknown') return logs;
    const seen = { ...logs.seen, records: final.log.length };
    const quiet = quietSince(run);
    for (const { operation, result, index, invokedAt } of answeredOperations(run).reads) {
      if (index < run.finalReadsFrom || invokedAt < (quiet.get(operation.key) ?? 0) + QUIET_MICROS) continue;
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

type Judged = Operation | { readonly kind: 'inspect'; readonly node: NodeId; readonly log: readonly LogRecord[] };

/** The history, and after it one more read: of the whole log of the last primary. */
function withInspectedLog({ history }: Evidence, { monitor, log }: FinalState): readonly Entry<Judged>[] {
  // There are never as many processes as entries: the number is free.
  const process = history.length;
  const time = history.at(-1)?.time;
  if (time === undefined) return history;
  const operation = { kind: 'inspect', node: monitor.primary, log } as const;
  return [...history, { type: 'invoke', process, time, operation }, { type: 'ok', process, time, result: null }];
}

const identity = ({ key, value }: { readonly key: string; readonly value: number }): string => `${key}=${value}`;

/** Acknowledged means: in the log of the last primary, and by convergence of every replica; and there only once. */
export const noAcknowledgedWriteLost: Claim = {
  name: 'no acknowledged write is lost',
  check(run) {
    const final = finalState(run);
    if (final === undefined) return unknown(NO_FINAL_STATE, {});
    const result = checkDurability(withInspectedLog(run, final), {
      writeId: (operation) => (operation.kind === 'put' ? identity(operation) : undefined),
      survivors: (operation) => (operation.kind === 'inspect' ? operation.log.map(identity) : undefined),
      probesFrom: run.probesFrom,
      finalReadsFrom: run.history.length,
      failures: final.monitor.failovers.map(({ at }) => at),
      duplicates: 'forbidden',
    });
    const { failovers, changes } = final.monitor;
    return { ...result, seen: { ...result.seen, failovers: failovers.length, changesOfInSyncSet: changes } };
  },
};

/** The same for an asynchronous system, where a write may be gone, but never there twice. */
export const retriesTakeEffectOnce: Claim = {
  name: 'a retried write takes effect once',
  check(run) {
    const final = finalState(run);
    if (final === undefined) return unknown(NO_FINAL_STATE, {});
    const seen = { records: final.log.length };
    const known = new Set<string>();
    for (const record of final.log) {
      const written = identity(record);
      const explanation = `${written} is in the log of ${final.monitor.primary} twice, though its client asked for it once.`;
      if (known.has(written)) return invalid({ rule: 'write applied twice', explanation, operations: [] }, seen);
      known.add(written);
    }
    return final.log.length === 0 ? unknown('no write was replicated', seen) : valid(seen);
  },
};

/** Peeks are no part of it: they may be stale. Indices are led back to the whole history. */
function checkAtPrimary(history: Evidence['history']): CheckResult {
  const kept: Entry<KeyValueOperation>[] = [];
  const indices: number[] = [];
  const peeking = new Set<number>();
  for (const [index, entry] of history.entries()) {
    if (entry.type === 'invoke') {
      const { operation } = entry;
      if (operation.kind === 'peek') {
        peeking.add(entry.process);
        continue;
      }
      peeking.delete(entry.process);
      kept.push({ ...entry, operation });
    } else {
      if (peeking.has(entry.process)) continue;
      // What an acknowledgement says beside that is no matter of the specification.
      const isWrite = entry.type === 'ok' && typeof entry.result === 'object';
      kept.push(isWrite ? { ...entry, result: null } : entry);
    }
    indices.push(index);
  }
  const result = checkLinearizability(kept, keyValue);
  if (result.verdict !== 'invalid') return result;
  const operations = result.violation.operations.map((index) => indices[index] ?? index);
  return { ...result, violation: { ...result.violation, operations } };
}

export const linearizableAtPrimary: Claim = {
  name: 'reads at the primary are linearizable',
  check: ({ history }) => checkAtPrimary(history),
};

/** A history is linearizable if all that begins it are: what is cut off in the middle is taken for unanswered. */
export const linearizableUntilDegraded: Claim = {
  name: 'until a primary degrades, reads at the primary are linearizable',
  check(run) {
    const final = finalState(run);
    if (final === undefined) return unknown(NO_FINAL_STATE, {});
    const [first] = degradations(final, Infinity);
    return checkAtPrimary(first === undefined ? run.history : run.history.filter(({ time }) => time < first.from));
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
