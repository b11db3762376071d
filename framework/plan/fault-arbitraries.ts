/** fast-check arbitraries of faults: one for each kind that a system claims to tolerate. */
import * as fc from 'fast-check';
import type { Fault } from '../faults/fault.js';
import type { NodeId } from '../world/protocol.js';
import type { Phases, Tolerance } from './workload.js';

/** Lengths of faults: often as short as a message's way, sometimes as long as the whole fault phase. */
const duration = (faultsMicros: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: 100, max: 5_000 }),
    fc.integer({ min: 1_000, max: Math.max(1_000, Math.floor(faultsMicros / 4)) }),
    fc.integer({ min: 1_000, max: faultsMicros }),
  );

/** Lists of up to `max` tolerated faults, in order of time. Fewer come out where too many nodes would be down at once. */
export function faultsArbitrary(options: {
  readonly tolerates: Tolerance;
  readonly phases: Phases;
  readonly clients: number;
  readonly max: number;
}): fc.Arbitrary<readonly Fault[]> {
  const { tolerates, phases, clients, max } = options;
  const kinds = faultKinds(tolerates, phases, clients);
  if (kinds.length === 0) return fc.constant([]);
  return fc.array(fc.oneof(...kinds), { maxLength: max, size: 'max' }).map((faults) =>
    withinCrashLimit(
      faults.toSorted((one, other) => one.at - other.at),
      tolerates,
    ),
  );
}

function faultKinds(tolerates: Tolerance, phases: Phases, clients: number): fc.Arbitrary<Fault>[] {
  const { crash, pause, partition, clock } = tolerates;
  const at = fc.integer({ min: 0, max: phases.faultsMicros - 1 });
  const forMicros = duration(phases.faultsMicros);
  const kinds: fc.Arbitrary<Fault>[] = [];
  if (crash !== undefined && crash.nodes.length > 0) {
    const downFor: fc.Arbitrary<number | null> =
      crash.untilHealing === true ? fc.option(forMicros, { freq: 4 }) : forMicros;
    kinds.push(
      fc.record({
        kind: fc.constant('crash' as const),
        at,
        node: fc.constantFrom(...crash.nodes),
        forMicros: downFor,
        unsyncedKeptPercent: fc.constantFrom(0, 0, 50, 100),
      }),
    );
  }
  if (pause !== undefined && pause.nodes.length > 0)
    kinds.push(
      fc.record({ kind: fc.constant('pause' as const), at, node: fc.constantFrom(...pause.nodes), forMicros }),
    );
  if (partition !== undefined && partition.nodes.length > 1) {
    const { nodes, oneWay = false } = partition;
    const direction = oneWay
      ? fc.constantFrom('both' as const, 'both' as const, 'one-way' as const)
      : fc.constant('both' as const);
    const clientNames = Array.from({ length: clients }, (_, index) => `c${index + 1}`);
    // One side is isolated (one node) or any proper part (which is where majorities and minorities come from).
    const side = fc.oneof(
      fc.constantFrom(...nodes).map((node) => [node]),
      fc.subarray([...nodes], { minLength: 1, maxLength: nodes.length - 1 }),
    );
    // Clients stay in reach of both sides, or are themselves divided.
    const clientSide = fc.oneof(fc.constant(undefined), fc.subarray(clientNames));
    // A bridge: some nodes are cut from neither side.
    const bridge = fc.oneof({ weight: 2, arbitrary: fc.constant<NodeId[]>([]) }, fc.subarray([...nodes]));
    kinds.push(
      fc.record({ at, side, bridge, clientSide, direction, forMicros }).map((made) => {
        const opposite = nodes.filter((node) => !made.side.includes(node));
        const cut = opposite.filter((node) => !made.bridge.includes(node));
        const { clientSide: near } = made;
        return {
          kind: 'partition' as const,
          at: made.at,
          from: [...made.side, ...(near ?? [])],
          to: [
            ...(cut.length > 0 ? cut : opposite),
            ...(near === undefined ? [] : clientNames.filter((name) => !near.includes(name))),
          ],
          direction: made.direction,
          forMicros: made.forMicros,
        };
      }),
    );
  }
  if (clock !== undefined && clock.nodes.length > 0)
    kinds.push(
      fc.record({
        kind: fc.constant('clock' as const),
        at,
        node: fc.constantFrom(...clock.nodes),
        offsetMicros: fc.integer({ min: 0, max: clock.offsetMicrosMax }),
        driftPerMillion: fc.integer({ min: -clock.driftPerMillionMax, max: clock.driftPerMillionMax }),
      }),
    );
  return kinds;
}

/** Leaves out crashes by which more nodes would be down at once than the system tolerates. */
export function withinCrashLimit(faults: readonly Fault[], { crash }: Tolerance): readonly Fault[] {
  if (crash === undefined) return faults;
  const upAgainAt = new Map<string, number>();
  return faults.filter((fault) => {
    if (fault.kind !== 'crash') return true;
    let down = 0;
    for (const [node, until] of upAgainAt) if (node !== fault.node && until >= fault.at) down++;
    if (down >= crash.atOnce) return false;
    const until = fault.forMicros === null ? Infinity : fault.at + fault.forMicros;
    upAgainAt.set(fault.node, Math.max(until, upAgainAt.get(fault.node) ?? 0));
    return true;
  });
}
