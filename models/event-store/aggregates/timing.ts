/** All durations of the services, the transfer process and the clients, in simulated microseconds. */

/** A snapshot is saved whenever so many more events have been appended to a stream. */
export const SNAPSHOT_EVERY = 3;

/** A service asks the store again after this long, and gives a request up after so many times. */
export const storePatienceMicros = 15_000;
export const storeRequestsMax = 5;

/** After so many lost races a command is given up, without effect. */
export const conflictsMax = 5;

/** The transfer process asks for a step again after this long, and renews its subscription this often. */
export const stepPatienceMicros = 25_000;
export const renewalMicros = 30_000;

/** A client asks again after this long, and gives up after so many requests. */
export const patienceMicros = 40_000;
export const requestsMax = 4;

/**
 * Without faults an answer takes no longer than this: as many requests as a client makes. Requests to one stream wait for
 * one another at a service.
 */
export const answerMicrosMax = requestsMax * patienceMicros;
