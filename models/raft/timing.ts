/** Durations, in microseconds of the clock of whoever waits. */
import { MILLISECOND } from '../../framework/index.js';

/** How long a client waits before it asks another server, how often it asks, and how many redirections it follows each time. */
export const RETRY_MICROS = 20 * MILLISECOND;
export const ATTEMPTS_MAX = 6;
export const REDIRECTIONS_MAX = 3;

/** Long enough for some changes of the leader. */
export const FAULTS_MICROS = 250 * MILLISECOND;
export const SETTLE_MICROS = 200 * MILLISECOND;
