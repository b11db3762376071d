/** Every duration of the protocol. None of them is needed for safety: no server ever trusts a clock. */
import { MILLISECOND } from '../../framework/index.js';

/** How often a server reports to the configuration service, and sends again what was not acknowledged. */
export const HEARTBEAT_MICROS = 8 * MILLISECOND;

/** After how long a silence the service takes a server for dead. It may be wrong. */
export const SUSPECT_MICROS = 24 * MILLISECOND;

/** How often the service compares the loads of the groups. */
export const BALANCE_MICROS = 15 * MILLISECOND;

/** How long a client waits before it asks again, and how often it does. */
export const RETRY_MICROS = 18 * MILLISECOND;
export const ATTEMPTS_MAX = 4;

export const FAULTS_MICROS = 120 * MILLISECOND;
export const SETTLE_MICROS = 200 * MILLISECOND;
