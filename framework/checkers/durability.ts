/**
 * Durability: what was acknowledged is still there at the end. The classification follows Jepsen's `set-full` checker:
 * each write carries an identity, final reads say which identities survived, and every write is acknowledged and kept,
 * lost, stale (it took a while to be seen), recovered (nobody knew, but it is there), or never looked for.
 */
import type { AnyOperation, History } from '../history/entry.js';
import { describeOperation } from '../history/vocabulary.js';
import { formatTime } from '../kernel/time.js';
import { classifyWrites, type LostWrite, type WriteFate, type WriteRules } from './write-fates.js';
import type { CheckResult, Seen, Violation } from './verdict.js';

export interface DurabilityRules<O extends AnyOperation> extends WriteRules<O> {
  /** Whether a write may be found twice in one final read: at-least-once delivery or not. */
  readonly duplicates: 'allowed' | 'forbidden';
  /**
   * Whether the loss of this write keeps the promise: asynchronous replication may lose what its lag explains
   * (`(lost) => lost.ageMicros <= lagMicrosMax`), or a number of writes (`(_, fates) => fates.lost.length <= 3`).
   * Without it no acknowledged write may be lost.
   */
  readonly allowed?: (lost: LostWrite<O>, fates: WriteFates<O>) => boolean;
}

/** What became of the writes of a history. */
export interface WriteFates<O extends AnyOperation> {
  /** Acknowledged and absent from every final read of its scope, oldest acknowledgement first. */
  readonly lost: readonly LostWrite<O>[];
  /** How far back the loss reaches, in microseconds: the recovery point (RPO). Undefined when nothing was lost. */
  readonly oldestAgeMicros: number | undefined;
  readonly acknowledged: readonly WriteFate<O>[];
  /** Outcome unknown, and found in a final read. */
  readonly recovered: readonly WriteFate<O>[];
  /** Found more than once in one final read. */
  readonly duplicated: readonly WriteFate<O>[];
  /** Acknowledged, missing from a final read after that, and found by a later one: see `staleMicros` of each. */
  readonly stale: readonly WriteFate<O>[];
  /** Found in some final reads of its scope and not in others. */
  readonly disputed: readonly WriteFate<O>[];
  /** Reported as failed, and found all the same. */
  readonly undead: readonly WriteFate<O>[];
  /** Acknowledged, but no final read that began after that covered its scope. */
  readonly neverRead: readonly WriteFate<O>[];
  /** Identities found in final reads that no operation wrote. */
  readonly unexpected: readonly string[];
  /** How many final reads answered. */
  readonly finalReads: number;
}

/** Classifies every write of `history` without judging. O(n + survivors). Throws when the history is not well-formed. */
export function measureDurability<O extends AnyOperation>(history: History<O>, rules: WriteRules<O>): WriteFates<O> {
  const { writes, unexpected, finalReads } = classifyWrites(history, rules);
  const acknowledged = writes.filter(({ outcome }) => outcome === 'acknowledged');
  const lost = writes.flatMap(({ loss }) => (loss === undefined ? [] : [loss]));
  lost.sort((one, other) => one.ackedAt - other.ackedAt);
  return {
    lost,
    oldestAgeMicros: lost.length === 0 ? undefined : Math.max(...lost.map(({ ageMicros }) => ageMicros)),
    acknowledged,
    recovered: writes.filter(({ outcome, found }) => outcome === 'unknown' && found > 0),
    duplicated: writes.filter(({ mostInOneRead }) => mostInOneRead > 1),
    stale: writes.filter(({ staleMicros }) => staleMicros !== undefined),
    disputed: writes.filter(({ found, missed }) => found > 0 && missed > 0),
    undead: writes.filter(({ outcome, found }) => outcome === 'failed' && found > 0),
    neverRead: acknowledged.filter(({ reads }) => reads === 0),
    unexpected,
    finalReads,
  };
}

/**
 * - `invalid`: an acknowledged write was lost and `allowed` does not excuse it; or a failed write, or one that nobody
 *   made, or (where forbidden) one write twice was found.
 * - `unknown`: nothing was acknowledged before the probes, nothing was finally read, or no final read covered what was acknowledged.
 * - `valid`: otherwise. Final reads that differ from each other are not judged here: see `disputed` in `seen`.
 */
export function checkDurability<O extends AnyOperation>(history: History<O>, rules: DurabilityRules<O>): CheckResult {
  const fates = measureDurability(history, rules);
  const { acknowledged, lost, stale, recovered, duplicated, disputed, neverRead, finalReads } = fates;
  const seen: Seen = {
    acknowledged: acknowledged.length,
    lost: lost.length,
    stale: stale.length,
    recovered: recovered.length,
    duplicated: duplicated.length,
    disputed: disputed.length,
    neverRead: neverRead.length,
    finalReads,
  };
  const violation = violationIn(fates, rules);
  if (violation !== undefined) return { verdict: 'invalid', violation, seen };
  const reason =
    finalReads === 0
      ? 'no final read was answered, so nobody knows what survived'
      : acknowledged.every(({ write }) => write.index >= (rules.probesFrom ?? Infinity))
        ? 'no write was acknowledged, so nothing could be lost'
        : neverRead.length === acknowledged.length
          ? 'no final read covered the acknowledged writes'
          : undefined;
  return reason === undefined ? { verdict: 'valid', seen } : { verdict: 'unknown', reason, seen };
}

function violationIn<O extends AnyOperation>(fates: WriteFates<O>, rules: DurabilityRules<O>): Violation | undefined {
  const { undead, unexpected, duplicated } = fates;
  const lost = fates.lost.filter((one) => rules.allowed?.(one, fates) !== true);
  if (lost.length > 0)
    return {
      rule: 'acknowledged write lost',
      explanation: `${lost.length} of ${count(fates.acknowledged.length, 'acknowledged write')} lost: ${list(lost, tellLoss)}.`,
      operations: [
        ...new Set([
          ...lost.flatMap(({ outlivedBy }) => outlivedBy?.index ?? []),
          ...lost.map(({ write }) => write.index),
        ]),
      ],
    };
  if (undead.length > 0)
    return {
      rule: 'failed write took effect',
      explanation: `${count(undead.length, 'write')} reported as failed, yet found in the final reads: ${list(undead, name)}.`,
      operations: undead.map(({ write }) => write.index),
    };
  if (unexpected.length > 0)
    return {
      rule: 'write out of nowhere',
      explanation: `the final reads hold what no operation wrote: ${list(unexpected, (id) => id)}.`,
      operations: [],
    };
  if (rules.duplicates === 'forbidden' && duplicated.length > 0)
    return {
      rule: 'write applied twice',
      explanation: `${count(duplicated.length, 'write')} found more than once in one final read: ${list(duplicated, name)}.`,
      operations: duplicated.map(({ write }) => write.index),
    };
  return undefined;
}

const LISTED_MAX = 5;

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? ' was' : 's were'}`;

const name = <O extends AnyOperation>({ write }: WriteFate<O>): string =>
  `${describeOperation(write.operation)} (process ${write.process}, ${formatTime(write.invokedAt)})`;

function tellLoss<O extends AnyOperation>({ write, ackedAt, ageMicros, outlivedBy }: LostWrite<O>): string {
  const hole =
    outlivedBy === undefined
      ? ''
      : `, although ${describeOperation(outlivedBy.operation)}, invoked after that, survived`;
  return (
    `${describeOperation(write.operation)} (process ${write.process}, invoked at ${formatTime(write.invokedAt)}, ` +
    `acknowledged at ${formatTime(ackedAt)}, ${formatTime(ageMicros)} before the loss${hole})`
  );
}

function list<T>(items: readonly T[], tell: (item: T) => string): string {
  const more = items.length > LISTED_MAX ? `, and ${items.length - LISTED_MAX} more` : '';
  return items.slice(0, LISTED_MAX).map(tell).join(', ') + more;
}
