/** Every duration of the protocol in one place, because the safety of clean reads hangs on the order of two of them. */
import { MILLISECOND } from '../../framework/index.js';

export const HEARTBEAT_MICROS = 8 * MILLISECOND;

/** For how long after sending a heartbeat, by its own clock, a member may read on its own word once that was answered. */
export const LEASE_MICROS = 20 * MILLISECOND;

/**
 * After how long a silence, by its own clock, the coordinator removes a server: later than its last lease ends, as long
 * as both clocks are within `DRIFT_PER_MILLION_MAX` of true time: 20 ms × 1.005 < 22 ms ÷ 1.005.
 */
export const SUSPECT_MICROS = 22 * MILLISECOND;

export const DRIFT_PER_MILLION_MAX = 5_000;

/** How long a replica waits before it sends its dirty versions again, and one that joins before it asks again. */
export const RETRANSMIT_MICROS = 12 * MILLISECOND;
export const FETCH_MICROS = 10 * MILLISECOND;

/** How long a client waits before it asks again, also when it was told to, and how often it does. */
export const RETRY_MICROS = 18 * MILLISECOND;
export const BUSY_MICROS = 4 * MILLISECOND;
export const ATTEMPTS_MAX = 6;
