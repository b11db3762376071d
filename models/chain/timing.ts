/** Every duration of the protocol in one place, because the safety of tail reads hangs on the order of two of them. */
import { MILLISECOND } from '../../framework/index.js';

export const HEARTBEAT_MICROS = 8 * MILLISECOND;

/** For how long after sending a heartbeat, by its own clock, the tail may answer queries once that was acknowledged. */
export const LEASE_MICROS = 20 * MILLISECOND;

/**
 * After how long a silence, by its own clock, the master declares a server dead. A tail's last lease began before the
 * last heartbeat that the master heard, so a suspicion is older than any lease as long as both clocks, over this time,
 * run within `DRIFT_PER_MILLION_MAX` of true time: 20 ms × 1.005 < 22 ms ÷ 1.005. No other fence is needed.
 */
export const SUSPECT_MICROS = 22 * MILLISECOND;

/** The clock assumption: the rate of every clock, of the master's too. Readings may differ and jump ahead as they like. */
export const DRIFT_PER_MILLION_MAX = 5_000;

/** How long a server waits for the acknowledgement of what it sent to its successor. */
export const RETRANSMIT_MICROS = 12 * MILLISECOND;

/** How long a client waits before it asks again, and how often it does. */
export const RETRY_MICROS = 18 * MILLISECOND;
export const ATTEMPTS_MAX = 4;
