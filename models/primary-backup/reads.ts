/** What is promised of reads: at the primary, and from backups, which may be stale. How stale they were is measured. */
import {
  checkLinearizability,
  checkStaleness,
  measureStaleness,
  type CheckResult,
  type Entry,
} from '../../framework/index.js';
import { keyValue, type KeyValueOperation } from '../specs/key-value.js';
import { degradations } from './degradations.js';
import { answeredOperations, finalState, invalid, NO_FINAL_STATE, unknown, valid, type Evidence } from './evidence.js';
import type { Operation } from './messages.js';
import { QUIET_MICROS, type Claim } from './properties.js';

interface Selection {
  readonly kept: readonly Entry<KeyValueOperation>[];
  /** For each entry that was kept, its index in the whole history. */
  readonly indices: readonly number[];
}

/** The operations that `take` makes something of, in the words of the specification. */
function select(
  history: Evidence['history'],
  take: (operation: Operation, index: number) => KeyValueOperation | undefined,
): Selection {
  const kept: Entry<KeyValueOperation>[] = [];
  const indices: number[] = [];
  const passedOver = new Set<number>();
  for (const [index, entry] of history.entries()) {
    if (entry.type === 'invoke') {
      const operation = take(entry.operation, index);
      if (operation === undefined) passedOver.add(entry.process);
      else passedOver.delete(entry.process);
      if (operation !== undefined) kept.push({ ...entry, operation });
    } else if (!passedOver.has(entry.process)) {
      // What an acknowledgement says beside that is no matter of the specification.
      const isWrite = entry.type === 'ok' && typeof entry.result === 'object';
      kept.push(isWrite ? { ...entry, result: null } : entry);
    }
    if (kept.length > indices.length) indices.push(index);
  }
  return { kept, indices };
}

/** A violation in a selection, told by the indices of the whole history. */
function inWhole(result: CheckResult, { indices }: Selection): CheckResult {
  if (result.verdict !== 'invalid') return result;
  const operations = result.violation.operations.map((index) => indices[index] ?? index);
  return { ...result, violation: { ...result.violation, operations } };
}

/** Peeks are no part of it: they may be stale. */
function checkAtPrimary(history: Evidence['history']): CheckResult {
  const selection = select(history, (operation) => (operation.kind === 'peek' ? undefined : operation));
  return inWhole(checkLinearizability(selection.kept, keyValue), selection);
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

/**
 * Reads from any one replica are eventual: while something is wrong they may be as old as they like, and how old they were
 * is told. After healing replication lags by a few messages only, and so do they. Writes that a failover lost are left
 * out: who does not show them is not stale.
 */
export const staleness: Claim = {
  name: 'reads from backups are stale for a while only',
  check(run) {
    const final = finalState(run);
    if (final === undefined) return unknown(NO_FINAL_STATE, {});
    const lasting = new Set(final.log.map(({ value }) => value));
    const from = (first: number) =>
      select(run.history, (operation, index) => {
        if (operation.kind === 'put') return lasting.has(operation.value) ? operation : undefined;
        return operation.kind === 'peek' && index >= first ? { kind: 'get', key: operation.key } : undefined;
      });
    const { reads, stale, ageMicrosMax, versionsMax } = measureStaleness(from(0).kept, keyValue);
    const seen = { reads, stale: stale.length, oldestMicros: ageMicrosMax, versionsMax };
    const healed = from(run.finalReadsFrom);
    return { ...inWhole(checkStaleness(healed.kept, keyValue, { ageMicrosMax: QUIET_MICROS }), healed), seen };
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
