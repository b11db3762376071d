/** The durations of the consumers, in simulated microseconds. No promise hangs on any of them but the one of tombstones. */
import { MILLISECOND } from '../../../framework/index.js';

/** How often the connector looks whether its topics are what they were (Kafka's `metadata.max.age.ms`). */
export const METADATA_MICROS = 40 * MILLISECOND;

/** How long the notifier waits for the log before it produces again. */
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
