/** Durations, in microseconds of the clock of whoever waits. */
import { MILLISECOND } from '../../framework/index.js';

/** How long a coordinator waits for a node before another one stands in for it. */
export const STAND_IN_MICROS = 8 * MILLISECOND;
/** How long a coordinator remembers a request. */
export const ROUND_MICROS = 30 * MILLISECOND;
/** How often hints are offered to whom they are for. */
export const HANDOFF_MICROS = 10 * MILLISECOND;
/** How often a node compares its keys with those of another, and looks for tombstones to forget. */
export const REPAIR_MICROS = 8 * MILLISECOND;
/** How long a client waits, and how often it asks: once, because a write asked for again would be another one. */
export const PATIENCE_MICROS = 30 * MILLISECOND;

export const FAULTS_MICROS = 120 * MILLISECOND;
export const SETTLE_MICROS = 200 * MILLISECOND;
/** How long a tombstone is kept: longer than any outage, and the repair after it. */
export const GRACE_MICROS = FAULTS_MICROS + SETTLE_MICROS / 2;
