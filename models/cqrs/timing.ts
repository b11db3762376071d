/** All durations and sizes of the model; times in simulated microseconds. */
import { MILLISECOND } from '../../framework/index.js';

/** From loading an order to deciding on it: uniform between these. Long enough for rivals to overlap. */
export const decidingMicros = { min: 100, max: 4 * MILLISECOND } as const;

/** After so many lost races a command is refused, and the refusal is kept as any other answer. */
export const conflictsMax = 6;

/** How long the relay waits before it looks at an empty outbox again, and before it publishes again what was not acknowledged. */
export const pollMicros = 10 * MILLISECOND;
export const republishMicros = 14 * MILLISECOND;

/** How many events the relay takes at once, and a rebuild reads at once. */
export const batchMax = 32;
export const rebuildPageMax = 12;

/** How long a rebuild waits for a page of the log before it asks again. */
export const pageMicros = 14 * MILLISECOND;

/** How long the table makes a query wait for the position that it presents; then it is refused. */
export const waitMicros = 45 * MILLISECOND;

/** The table sends invalidations again until the cache has acknowledged them. */
export const invalidateMicros = 12 * MILLISECOND;

/** How long the search index takes for a document: uniform between these. Items of a bulk request are worked on side by side. */
export const indexingMicros = { min: 50, max: 3 * MILLISECOND } as const;

/** So many items are worked on at once; more are rejected. */
export const queueMax = 4;

/** What was indexed can be found after the next refresh. */
export const refreshMicros = 10 * MILLISECOND;

/** How long the cache keeps an entry, by its own clock, and how long a lease stands in the way of others. */
export const expiryMicros = 400 * MILLISECOND;
export const leaseMicros = 20 * MILLISECOND;

/** How long the API waits for the cache before it asks the table, and how long it remembers a request. */
export const cacheMicros = 12 * MILLISECOND;
export const rememberMicros = 120 * MILLISECOND;

/** A client asks again after so long, and gives up after so many requests. */
export const patienceMicros = 55 * MILLISECOND;
export const requestsMax = 4;

/** How many orders a page shows. */
export const pageSize = 2;

/**
 * Without faults an answer takes no longer than this: a query that has to wait for what was held up by faults, asked once
 * more. Whoever gives up later than this after healing should have been answered.
 */
export const answerMicrosMax = 2 * patienceMicros;
