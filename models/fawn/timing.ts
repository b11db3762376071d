/** Every duration of the protocol in one place, because the safety of gets hangs on the order of two of them. */
import { MILLISECOND } from '../../framework/index.js';

export const HEARTBEAT_MICROS = 8 * MILLISECOND;

/** For how long after sending a heartbeat, by its own clock, a node may answer gets once that was acknowledged. */
export const LEASE_MICROS = 20 * MILLISECOND;

/** After how long a silence, by its own clock, the manager drops a node: 20 ms × 1.005 < 22 ms ÷ 1.005. */
export const SUSPECT_MICROS = 22 * MILLISECOND;

export const DRIFT_PER_MILLION_MAX = 5_000;

/** How long a client waits before it asks again, and how often it does. */
export const RETRY_MICROS = 18 * MILLISECOND;
export const ATTEMPTS_MAX = 4;

export const FAULTS_MICROS = 150 * MILLISECOND;
export const SETTLE_MICROS = 250 * MILLISECOND;
