/** All durations of the model, in simulated microseconds. */

/** A transaction's work between its insert and its commit: uniform between these. Long enough for rivals to overlap. */
export const workMicros = { min: 100, max: 4_000 } as const;

/** How long a projection's handler takes for one event: uniform between these. Handlers of streams run side by side. */
export const handlingMicros = { min: 100, max: 8_000 } as const;

/** A projection writes its checkpoint this long after it has handled an event, for all that it handled meanwhile. */
export const checkpointMicros = 3_000;

/** A projection renews its subscription this often: a lost page is missed for no longer. */
export const renewalMicros = 15_000;

/** A client asks again after this long, and gives up after so many requests. */
export const patienceMicros = 12_000;
export const requestsMax = 5;

/** After so many lost races a command is given up, without effect. */
export const conflictsMax = 6;

/**
 * Without faults an answer takes no longer than this: a rival's transaction and one's own (4 ms of work and 4 ms of
 * syncing each), and 5 ms for a message either way, rounded up to whole requests.
 */
export const answerMicrosMax = 3 * patienceMicros;
