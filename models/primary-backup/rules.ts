/** The rules of primary-backup replication that are easiest to get wrong. A mutant overrides one of them. */
import type { NodeId } from '../../framework/index.js';
import type { Epoch, Level, LogRecord, Store } from './messages.js';

/** What a replica told the monitor of itself at a failover. */
export interface Report {
  readonly node: NodeId;
  readonly epochs: readonly Epoch[];
  /** How many records of the last primary's log that is: its replicated offset. */
  readonly shared: number;
  readonly level: Level | null;
}

export interface Rules {
  /**
   * Whether a primary may act as one at `now`: it must hold the monitor's lease. The monitor promotes nobody before the
   * last lease is over, so there is never another primary while this is true.
   */
  mayAct(now: number, leaseUntil: number | null): boolean;
  /** How many records a replica may say it holds: those on its disk, and not those that a crash could still take. */
  held(log: { readonly length: number; readonly durable: number }): number;
  /** The replica to promote, of those that may be and that reported. Never called with none. */
  promoted(candidates: readonly Report[]): NodeId | undefined;
  /** How many records a backup keeps that joins a primary with which it has `common` in common. */
  keptOnJoin(log: { readonly length: number; readonly common: number }): number;
  /** Whether a replica may be promoted that is, or is not, in the set that is in sync. */
  mayBePromoted(replica: { readonly isInSync: boolean }): boolean;
  /** Whose disks must have a record before it is committed: those of every set that the monitor may think is in force. */
  requiredCopies(sets: {
    readonly inSync: readonly NodeId[];
    readonly asked: readonly NodeId[] | null;
  }): readonly NodeId[];
  /** How many records have a second copy: `held` on the primary's disk, `acked` on that of each backup. */
  copied(log: { readonly held: number; readonly acked: readonly number[] }): number;
  /** Whether the primary acknowledges a record as one that it alone has, `copied` being how many have a second copy. */
  isAlone(record: { readonly index: number; readonly copied: number }): boolean;
  /** How much of the log a read shows, where acknowledgement waits for copies. */
  shown(log: { readonly committed: number; readonly held: number }): number;
  /** Whether so many reports, of so many replicas, are enough for a promotion. */
  enoughReports(count: { readonly reports: number; readonly replicas: number }): boolean;
  /** Whether a primary of `term` that is asked again takes a record of the term `takenIn` for what was asked. */
  remembers(record: { readonly takenIn: number; readonly term: number }): boolean;
  /** Whether a replica goes on when its disk has not done what it was told. */
  goesOnAfter(failure: 'write' | 'sync'): boolean;
  /** What is written in turn for a checkpoint: the store, index and data, in one record. */
  checkpointWrites(before: Store, after: Store): readonly Store[];
  /** What a replica is after a restart: what it still has of what is on its disk, and whether it goes on as the primary. */
  restart(disk: { readonly store: Store; readonly log: readonly LogRecord[] }): {
    readonly store: Store;
    readonly log: readonly LogRecord[];
    readonly resumes: boolean;
  };
}

/** By the order of the replicas, whatever they hold. */
export const firstOf = (candidates: readonly Report[]): NodeId | undefined => candidates[0]?.node;

/** By replicated offset; the earlier replica of two equals. */
export function mostAdvancedOf(candidates: readonly Report[]): NodeId | undefined {
  let best: Report | undefined;
  for (const candidate of candidates) if (best === undefined || candidate.shared > best.shared) best = candidate;
  return best?.node;
}

const COMMON = {
  mayAct: (now: number, leaseUntil: number | null): boolean => leaseUntil !== null && now < leaseUntil,
  held: ({ durable }: { readonly durable: number }): number => durable,
  keptOnJoin: ({ common }: { readonly common: number }): number => common,
  requiredCopies: ({ inSync, asked }) => [...inSync, ...(asked ?? []).filter((node) => !inSync.includes(node))],
  copied: ({ held, acked }) => Math.min(held, Math.max(0, ...acked)),
  isAlone: ({ index, copied }) => index >= copied,
  shown: ({ committed }) => committed,
  enoughReports: ({ reports }) => reports >= 1,
  remembers: () => true,
  goesOnAfter: () => false,
  checkpointWrites: (_before, after) => [after],
  restart: ({ store, log }) => ({ store, log, resumes: false }),
} satisfies Partial<Rules>;

/** Any in-sync copy holds every acknowledged write, so the order of preference decides (as in Kafka). */
export const SYNCHRONOUS_RULES: Rules = { ...COMMON, mayBePromoted: ({ isInSync }) => isInSync, promoted: firstOf };

/** No copy is sure to hold them all: the one that holds most loses least. */
export const ASYNCHRONOUS_RULES: Rules = { ...COMMON, mayBePromoted: () => true, promoted: mostAdvancedOf };

/**
 * What two disks have, one of all replicas but one has. So many must report (which fences them too: too few are left to
 * the old primary for a second copy), and the one that holds most has it.
 */
export const SEMI_SYNCHRONOUS_RULES: Rules = {
  ...ASYNCHRONOUS_RULES,
  enoughReports: ({ reports, replicas }) => reports >= replicas - 1,
};
