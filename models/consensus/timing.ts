/** Durations, in microseconds of the clock of whoever waits. Only liveness depends on them. */
import { MILLISECOND } from '../../framework/index.js';

/** A follower that has heard of no leader for this long, drawn anew each time, begins an election (§5.2). */
export const ELECTION_MICROS_MIN = 12 * MILLISECOND;
export const ELECTION_MICROS_MAX = 24 * MILLISECOND;

/** How often a leader sends to each follower, whether there is news or not, and a candidate repeats its request. */
export const REPEAT_MICROS = 5 * MILLISECOND;
