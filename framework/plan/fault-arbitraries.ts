/** fast-check arbitraries of faults: lists of those that a system claims to tolerate. */
import * as fc from 'fast-check';
import { durationOf, FAULT_KINDS, faultType, type Fault } from '../faults/fault.js';
import type { Phases, Tolerance } from './workload.js';

/** The names of so many clients. */
export const clientNames = (clients: number): string[] =>
  Array.from({ length: clients }, (_, index) => `c${index + 1}`);

/**
 * How the kinds of fault of a run are chosen: each fault is of any kind, or only of those that a coin chose for the whole
 * run (swarm: A. Groce et al., "Swarm testing", ISSTA 2012). What is left out cannot hide what the others show.
 */
export type FaultMix = 'uniform' | 'swarm';

/** Lists of up to `max` tolerated faults, in order of time. Fewer come out where too many nodes would be down at once. */
export function faultsArbitrary(options: {
  readonly tolerates: Tolerance;
  readonly phases: Phases;
  readonly clients: number;
  readonly max: number;
  readonly mix: FaultMix;
}): fc.Arbitrary<readonly Fault[]> {
  const { tolerates, phases, clients, max, mix } = options;
  const kinds = faultKinds(tolerates, phases, clients);
  const ofKinds = (some: readonly fc.Arbitrary<Fault>[]): fc.Arbitrary<readonly Fault[]> =>
    some.length === 0 ? fc.constant([]) : fc.array(fc.oneof(...some), { maxLength: max, size: 'max' });
  const mixed =
    mix === 'uniform' ? ofKinds(kinds) : fc.subarray(kinds, { minLength: Math.min(1, kinds.length) }).chain(ofKinds);
  return mixed.map((faults) =>
    withinLimits(
      faults.toSorted((one, other) => one.at - other.at),
      tolerates,
    ),
  );
}

function faultKinds(tolerates: Tolerance, { faultsMicros }: Phases, clients: number): fc.Arbitrary<Fault>[] {
  const at = fc.integer({ min: 0, max: faultsMicros - 1 });
  const setting = { faultsMicros, clients: clientNames(clients) };
  return FAULT_KINDS.flatMap((kind) => {
    const tolerance = tolerates[kind];
    if (tolerance === undefined || tolerance.nodes.length === 0) return [];
    return [
      fc
        .record({ at, rest: faultType(kind).arbitrary(tolerance, setting) })
        .map(({ at: when, rest }) => ({ kind, at: when, ...rest }) as Fault),
    ];
  });
}

/** Leaves out faults of which there are too many, or by which more servers would be down at once than the system tolerates. */
export function withinLimits(faults: readonly Fault[], tolerates: Tolerance): readonly Fault[] {
  const counts = new Map<Fault['kind'], number>();
  const few = faults.filter(({ kind }) => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return count <= (tolerates[kind]?.atMost ?? Infinity);
  });
  const { crash } = tolerates;
  if (crash === undefined) return few;
  const upAgainAt = new Map<string, number>();
  return few.filter((fault) => {
    const nodes = faultType(fault.kind).takesDown?.(fault) ?? [];
    if (nodes.length === 0) return true;
    let down = nodes.length;
    for (const [node, until] of upAgainAt) if (!nodes.includes(node) && until >= fault.at) down++;
    if (down > crash.atOnce) return false;
    const until = fault.at + (durationOf(fault) ?? Infinity);
    for (const node of nodes) upAgainAt.set(node, Math.max(until, upAgainAt.get(node) ?? 0));
    return true;
  });
}
