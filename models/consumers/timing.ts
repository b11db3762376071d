/** All durations of the model, in simulated microseconds. No promise hangs on any of them but the one of tombstones. */
import { MILLISECOND } from '../../framework/index.js';

/** How long a transaction works on each of its changes: uniform between these, so that transactions interleave. */
export const WORK_MICROS = { min: 100, max: 3 * MILLISECOND } as const;

/** How often the source notes how far it has published. What it published since comes again after a crash. */
export const CHECKPOINT_MICROS = 12 * MILLISECOND;

/** How often the source looks whether its topics are what they were (Kafka's `metadata.max.age.ms`). */
export const METADATA_MICROS = 40 * MILLISECOND;

export const PRODUCE_RETRY_MICROS = 15 * MILLISECOND;

/** A member of a group that is silent for so long has lost its partitions. */
export const SESSION_MICROS = 24 * MILLISECOND;
export const HEARTBEAT_MICROS = 8 * MILLISECOND;
/** Longer than members take to hear of a rebalance and to join it: a heartbeat, and three messages of up to 4 ms. */
export const REBALANCE_MICROS = 24 * MILLISECOND;
export const POLL_MICROS = 45 * MILLISECOND;

/** How long a worker waits for the sink before it writes the same again, and the cache for the source. */
export const WRITE_RETRY_MICROS = 14 * MILLISECOND;

/** A client asks again after so long, and gives up after so many requests. */
export const PATIENCE_MICROS = 14 * MILLISECOND;
export const REQUESTS_MAX = 5;
