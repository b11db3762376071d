/** What each kind of fault has to say of itself, all in one place: its form, its effect, its range and its words. */
import * as fc from 'fast-check';
import { z } from 'zod';
import type { NodeId } from '../world/protocol.js';
import type { Tally, World } from '../world/world.js';

/** The common part of all faults. */
export interface AnyFault {
  readonly kind: string;
  /** Simulated microseconds from the start of the run. */
  readonly at: number;
}

/** What faults are drawn for. */
export interface Setting {
  /** Faults begin before this moment, and most end before it. */
  readonly faultsMicros: number;
  readonly clients: readonly NodeId[];
}

/** Everything about one kind of fault. `T` is what a system says if it tolerates it. */
export interface FaultType<F extends AnyFault, T> {
  readonly kind: F['kind'];
  /** The fault in a file. */
  readonly schema: z.ZodObject;
  /** Any fault of this kind that `tolerance` covers, but for the time at which it begins. */
  arbitrary(tolerance: T, setting: Setting): fc.Arbitrary<Omit<F, 'at' | 'kind'>>;
  isTolerated(fault: F, tolerance: T, setting: Pick<Setting, 'clients'>): boolean;
  /** What is wrong with `tolerance`, given the system's nodes. */
  problems(tolerance: T, nodes: readonly NodeId[]): readonly string[];
  /** Begins the fault now; the result ends it. */
  begin(world: World, fault: F): () => void;
  /** How long it lasts, in microseconds; null if until healing. */
  duration(fault: F): number | null;
  /** The servers that it names, and the nodes that may be clients too. */
  names(fault: F): { readonly servers?: readonly NodeId[]; readonly anywhere?: readonly NodeId[] };
  /** The servers that are down while it lasts. Default: none. */
  takesDown?(fault: F): readonly NodeId[];
  /** The same fault with less to it, the plainest first. */
  simpler(fault: F): readonly F[];
  /** `s1 is paused for 3 ms`. */
  describe(fault: F): string;
  describeEnd(fault: F): string;
  /** What diagrams draw in the lanes of its nodes when it begins and ends. */
  readonly marks: readonly [begins: string, ends: string];
  /** The count that shows that it really happened. */
  readonly exercised: keyof Tally;
}

// --- Parts that many kinds share. ---

export const micros = z.int().nonnegative();
export const name = z.string().min(1);
export const percent = z.int().min(0).max(100);
export const perMillion = z.int().min(0).max(1_000_000);
export const forMicros = z.union([micros, z.null()]);

/** Lengths of faults: often as short as a message's way, sometimes as long as the whole fault phase. */
export const durations = (faultsMicros: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: 100, max: 5_000 }),
    fc.integer({ min: 1_000, max: Math.max(1_000, Math.floor(faultsMicros / 4)) }),
    fc.integer({ min: 1_000, max: faultsMicros }),
  );

/** `12.345 ms`, without zeros at its end. */
export const millis = (time: number): string => `${(time / 1_000).toFixed(3).replace(/\.?0+$/, '')} ms`;

export const lasting = (time: number | null): string => (time === null ? 'until healing' : `for ${millis(time)}`);

/** The same fault until healing, if it ends before. */
export const untilHealing = <F extends { readonly forMicros: number | null }>(fault: F): readonly F[] =>
  fault.forMicros === null ? [] : [{ ...fault, forMicros: null }];

/** `strangers(['s9'], nodes)`: what a tolerance names that is no node. */
export const strangers = (named: readonly NodeId[], nodes: readonly NodeId[]): readonly string[] =>
  named
    .filter((node) => !nodes.includes(node))
    .map((node) => `tolerates names node '${node}', but the nodes are ${nodes.join(', ')}`);
