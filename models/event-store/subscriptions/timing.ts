/** All durations and limits of the two systems; durations in simulated microseconds. */

/** Whoever follows the store renews its subscription there this often: a lost page is missed for no longer. */
export const renewalMicros = 15_000;

/** How many events a page of history has. */
export const pageLength = 5;

/** A subscriber asks whether its subscription is there this often, and gives it up after so many questions unanswered. */
export const pollMicros = 12_000;
export const unansweredMax = 3;

/** A request of a subscriber is given up after this long, and catching up begins again. */
export const patienceMicros = 25_000;

/** A checkpoint is written after so many events, or after so long. */
export const checkpointEvery = 5;
export const checkpointMicros = 10_000;

/** How many events a persistent subscription keeps in memory, waiting for a consumer. What is beyond it asks for later. */
export const bufferLength = 10;

/** How many events a consumer is sent at once without having acknowledged one. */
export const inFlightMax = 3;

/** An event that is neither acknowledged nor refused in this time is tried again. */
export const messageTimeoutMicros = 30_000;

/** After so many retries an event is parked. */
export const retriesMax = 3;

/** A consumer says that it is there this often; the subscription drops it after `silenceMicros` without a word. */
export const beatMicros = 15_000;
export const silenceMicros = 40_000;

/** How long a consumer works on an event: uniform between these. */
export const handlingMicros = { min: 100, max: 5_000 } as const;

/** How long what a consumer's handler depends on stays down: long enough for events to be parked. And how long up at least. */
export const outageMicros = 40_000;
export const outagesApartMicros = 80_000;

/**
 * A consumer that leaves does so again after this long at the earliest. It is away for a beat: were that half of the time, and
 * of all at once, events could not be handled as fast as they come.
 */
export const leavesApartMicros = 80_000;
