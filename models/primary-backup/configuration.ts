/** What the three systems, and the loss experiment, set differently: the promise, the machines, and the times. */
import type { NodeId } from '../../framework/index.js';

/** All times in microseconds of the clock of the node that waits. */
export interface Configuration {
  /**
   * When a write is acknowledged: durable on every in-sync copy; on the primary and one backup, or on the primary alone
   * while no backup answers; or on the primary alone.
   */
  readonly mode: 'sync' | 'semi-sync' | 'async';
  /** The replicas, in order of preference; the first is the first primary. */
  readonly replicas: readonly NodeId[];
  readonly monitor: NodeId;
  /** A primary asks for a lease this often … */
  readonly beatMicros: number;
  /** … and each lasts this long, on its own clock, from the moment it asked. */
  readonly leaseMicros: number;
  /** The monitor gives a primary up this long after it granted the last lease. Longer than a lease by the drift bound. */
  readonly suspectMicros: number;
  /** How long the monitor waits for reports before it promotes one of those that came, or asks again if none will do. */
  readonly reportRoundMicros: number;
  /** A primary sends to every backup this often: what it has not seen acknowledged, or only its whereabouts. */
  readonly shipMicros: number;
  /** Whether a primary also sends each record at once. */
  readonly shipsAtOnce: boolean;
  /** How long a backup waits for the answer to `join` before it asks again. */
  readonly joinRetryMicros: number;
  /** A primary asks to drop an in-sync backup that has been silent for this long. */
  readonly dropMicros: number;
  /** A semi-synchronous primary degrades when for this long no backup has taken what waits for one. */
  readonly degradeMicros: number;
  /** So many records at least are applied, and dropped from the log, at once. */
  readonly checkpointRecords: number;
  /** A client asks again this often, and this many times at most. */
  readonly clientRetryMicros: number;
  readonly clientAttemptsMax: number;
}

/** The clocks of two machines may drift apart by this much in a second of either: leases rest on it. */
export const DRIFT_PER_MILLION_MAX = 10_000;

const LEASE_MICROS = 10_000;
/**
 * The primary's clock may run slow and the monitor's fast, by the bound in all; twice the bound is well on the safe side
 * of 1 / (1 - bound).
 */
const suspectMicros = (leaseMicros: number): number =>
  leaseMicros + Math.ceil((leaseMicros * 2 * DRIFT_PER_MILLION_MAX) / 1_000_000);

const COMMON = {
  replicas: ['p1', 'p2', 'p3'],
  monitor: 'monitor',
  beatMicros: 3_500,
  leaseMicros: LEASE_MICROS,
  suspectMicros: suspectMicros(LEASE_MICROS),
  reportRoundMicros: 10_000,
  shipMicros: 8_000,
  joinRetryMicros: 8_000,
  dropMicros: 25_000,
  degradeMicros: 6_000,
  checkpointRecords: 10,
  clientRetryMicros: 15_000,
  clientAttemptsMax: 4,
} as const;

export const SYNCHRONOUS: Configuration = { ...COMMON, mode: 'sync', shipsAtOnce: true };

export const SEMI_SYNCHRONOUS: Configuration = { ...COMMON, mode: 'semi-sync', shipsAtOnce: true };

/** Shipping in intervals gives the replication lag that this system lives with. */
export const ASYNCHRONOUS: Configuration = { ...COMMON, mode: 'async', shipsAtOnce: false };
