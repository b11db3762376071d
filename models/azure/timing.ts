/** Durations, in microseconds of the clock of whoever waits. Safety does not hang on any of them: there is no lease. */
import { MILLISECOND } from '../../framework/index.js';

/** How long a client waits before it asks again, and how often it asks before it takes an extent for broken. */
export const RETRY_MICROS = 8 * MILLISECOND;
export const ATTEMPTS_MAX = 2;
/** How long a client tries before it gives up. */
export const PATIENCE_MICROS = 150 * MILLISECOND;

/** How long a primary waits before it sends its secondaries again what they have not stored. */
export const RETRANSMIT_MICROS = 5 * MILLISECOND;
/** How often an extent node tells the stream manager that it lives, and which extents it holds that are not sealed. */
export const REPORT_MICROS = 8 * MILLISECOND;

/** After how long a silence nothing is placed on an extent node. */
export const SILENT_MICROS = 25 * MILLISECOND;
/** For how long a node that did not answer in time is the last choice. */
export const BLAME_MICROS = 60 * MILLISECOND;
/** How long the stream manager waits for three nodes to create an extent, and how long for the lengths of replicas. */
export const CREATE_MICROS = 8 * MILLISECOND;
export const SEAL_MICROS = 7 * MILLISECOND;

export const FAULTS_MICROS = 250 * MILLISECOND;
export const SETTLE_MICROS = 400 * MILLISECOND;
