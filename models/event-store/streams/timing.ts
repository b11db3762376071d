/** All durations of the store, in simulated microseconds. */

/** A transaction's work between its insert and its commit: uniform between these. Long enough for rivals to overlap. */
export const workMicros = { min: 100, max: 3_000 } as const;

/** The store looks this often whether there is anything to scavenge. */
export const scavengeEveryMicros = 15_000;

/** A scavenge looks at so many events at once, and lets others have their turn for so long. */
export const SCAVENGE_EVENTS = 4;
export const scavengePauseMicros = 500;
