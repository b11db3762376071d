/** Durations, in microseconds. */
import { MILLISECOND } from '../../framework/index.js';

/** How often a replica tells another what it knows. */
export const GOSSIP_MICROS = 4 * MILLISECOND;

/** How long a client waits. It asks once: an update that is asked for again would be another update. */
export const PATIENCE_MICROS = 25 * MILLISECOND;
