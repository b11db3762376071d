/**
 * A plan: the whole of a run but for the system itself, as plain JSON. The same system and plan give the same run, so a
 * plan in a file reproduces a failure without the generator that made it.
 */
import type { Fault } from '../faults/fault.js';
import type { AnyOperation } from '../history/entry.js';
import type { FaultPoint } from '../world/fault-points.js';
import type { Delay, Fate, NetworkConditions } from '../world/network.js';

/** One operation of the workload: client number `client` starts it at `at`, or when its previous one is over. */
export interface PlannedOperation {
  readonly at: number;
  readonly client: number;
  readonly operation: AnyOperation;
}

/** Each limit ends the run with an outcome of its own, and then no property is called valid. */
export interface Limits {
  readonly stepsMax: number;
  readonly timeMicrosMax: number;
  /** Events waiting at once: messages under way, timers, syncs. */
  readonly queueMax: number;
}

/** All that a run depends on besides the system. Times are whole simulated microseconds. */
export interface Plan {
  /** Every random choice left to the run (delays, nodes' own random numbers) is derived from it. */
  readonly seed: string;
  /** The number of sequential clients, `c1` … */
  readonly clients: number;
  /** How many servers, where the system leaves a choice. Default: as many as usual. */
  readonly servers?: number | undefined;
  readonly operations: readonly PlannedOperation[];
  readonly faults: readonly Fault[];
  readonly network: NetworkConditions;
  /** Messages whose fate is decided here instead of by the seed. */
  readonly fates: readonly Fate[];
  /** Fault points within the protocol that may fire: at some rate, or exactly then. Default: none. */
  readonly points?: readonly FaultPoint[] | undefined;
  /** How long a disk takes to sync. */
  readonly diskSync: Delay;
  /** The end of the fault phase. Then everything heals, and `settleMicros` later the final reads begin. */
  readonly healAt: number;
  readonly settleMicros: number;
  readonly limits: Limits;
}
