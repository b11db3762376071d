/** What is promised of writes and of replicas. Asynchronous loss: see loss.ts; reads: see reads.ts. */
import {
  checkConvergence,
  checkDurability,
  operationsOf,
  type Entry,
  type NodeId,
  type Property,
} from '../../framework/index.js';
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
  type Replica,
} from './evidence.js';
import { valueOf } from './log.js';
import type { LogRecord, Operation } from './messages.js';

export type Claim = Property<Operation, Inspection>;

/** A write may still be on its way for this long after its client has stopped asking: see `configuration.ts`. */
export const QUIET_MICROS = 30_000;

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
    const total = (count: (replica: Replica) => number) => final.replicas.reduce((sum, one) => sum + count(one), 0);
    const seen = {
      ...logs.seen,
      records: final.log.length,
      checkpoints: total(({ checkpoints }) => checkpoints),
      installs: total(({ installs }) => installs),
    };
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
