/** Durations, in microseconds of the clock of whoever waits. Safety does not hang on any of them. */
import { MILLISECOND } from '../../framework/index.js';

/** How long to wait for an answer before asking again, and how often to ask before somebody is taken to have failed. */
export const RETRY_MICROS = 5 * MILLISECOND;
export const ATTEMPTS_MAX = 2;
/** How long a client leaves a reconfiguration that is under way to whoever began it. */
export const PAUSE_MICROS = 6 * MILLISECOND;
/** How often a unit asks the auxiliary for the projection. */
export const POLL_MICROS = 16 * MILLISECOND;
/** How many pages a unit that is being repaired copies each time that it polls. */
export const BATCH_PAGES = 2;
/** How long a client tries before it gives up; a scan, for each position that it fills. */
export const PATIENCE_MICROS = 150 * MILLISECOND;

export const FAULTS_MICROS = 300 * MILLISECOND;
export const SETTLE_MICROS = 600 * MILLISECOND;
