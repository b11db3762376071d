/** What a system's author says about its use and its promises: the raw material of generated plans. */
import type * as fc from 'fast-check';
import type { AnyOperation } from '../history/entry.js';
import type { FaultTolerance } from '../faults/fault.js';

/** What clients do in a run. */
export interface Workload<O extends AnyOperation> {
  /** How many sequential clients run at once. */
  readonly clients: number;
  readonly operation: fc.Arbitrary<O>;
  /**
   * Makes the `n`-th operation of a plan (from 1) unlike all others, so that its effect can be recognised; usually by
   * writing `n`. Without it the operation stays as generated.
   */
  number?(operation: O, n: number): O;
  /** The most operations in a plan. */
  readonly operationsMax: number;
  /**
   * What is asked after healing, before the final reads, to see that the system still takes updates: each must be
   * answered with ok. Numbered on from the operations of the plan. Without probes, the final reads are all that is asked.
   */
  probes?(operations: readonly O[]): readonly O[];
  /** What is asked last, when all is quiet: the reads by which the properties judge what survived. */
  finalReads(operations: readonly O[]): readonly O[];
}

/** How long the phases take, in simulated microseconds. */
export interface Phases {
  /** Operations and faults start within this time; then everything heals. */
  readonly faultsMicros: number;
  /** After healing, the time by which the system must have recovered. */
  readonly settleMicros: number;
}

/** The faults under which a system claims its properties, by kind, and what its network and disks are like. */
export interface Tolerance extends FaultTolerance {
  /** The fault points of its protocol (`ctx.maybe`): whatever way they choose, its promises hold. */
  readonly maybe?: readonly string[];
  readonly dropPerMillionMax: number;
  readonly duplicatePerMillionMax: number;
  /** Delays of messages; a wide range reorders them. */
  readonly delay: { readonly minMicros: number; readonly maxMicros: number };
  readonly diskSync: { readonly minMicros: number; readonly maxMicros: number };
}
