/** All durations of the model, in simulated microseconds, and what is bounded by number. */

/** A statement takes between these: long enough for transactions to interleave in the log. */
export const statementMicros = { min: 200, max: 4_000 } as const;

/** Rows in one answer to a scan or to the read of a chunk, and messages in one answer of the stream. */
export const scanRowsMax = 2;
export const chunkRowsMax = 2;
export const framesMax = 3;

/** The connector is deployed within this time, into a database that is in use. */
export const deploymentMicrosMax = 30_000;

/** Requests are repeated after this long without an answer: twice the slowest way there and back. */
export const retryMicros = 20_000;

/** The stream is asked for what it has sent, and told what is stored, this often. */
export const statusMicros = 10_000;

/** `offset.flush.interval.ms`. */
export const offsetFlushMicros = 5_000;

/** `heartbeat.interval.ms`. */
export const heartbeatMicros = 25_000;

/** Records of a partition in one request to the broker, and those that may wait before the stream is left alone. */
export const batchRecordsMax = 4;
export const smallBatchRecords = 2;
export const queueMax = 100;

/** A client repeats a request after this long, so many times. */
export const patienceMicros = 15_000;
export const requestsMax = 8;

/** Whoever waits for the topic looks for this long. */
export const catchUpMicrosMax = 200_000;
