/** Messages between two groups of nodes are lost: a symmetric or one-way partition, an isolated node, a bridge. */
import * as fc from 'fast-check';
import { z } from 'zod';
import type { NodeId } from '../world/protocol.js';
import {
  durations,
  forMicros,
  groups,
  lasting,
  micros,
  nodesNamed,
  ofLinks,
  smallerGroups,
  strangers,
  untilHealing,
  type AnyTolerance,
  type FaultType,
  type LinkFault,
} from './fault-type.js';

/** What `from` send to `to` is lost, and with `direction: 'both'` what those send to these as well. */
export interface Partition extends LinkFault {
  readonly kind: 'partition';
  readonly direction: 'both' | 'one-way';
}

/** Any two groups of these nodes may be cut from each other; clients are cut with either. */
export interface PartitionTolerance extends AnyTolerance {
  readonly oneWay?: boolean;
}

/**
 * Two groups of `nodes`: one side is isolated (one node) or any proper part, which is where majorities and minorities come
 * from; with a bridge, some nodes are cut from neither side. Clients stay in reach of both sides, or are divided too.
 */
function sides(
  nodes: readonly NodeId[],
  clients: readonly NodeId[],
): fc.Arbitrary<{ readonly from: readonly NodeId[]; readonly to: readonly NodeId[] }> {
  return fc
    .record({
      side: fc.oneof(
        fc.constantFrom(...nodes).map((node) => [node]),
        fc.subarray([...nodes], { minLength: 1, maxLength: nodes.length - 1 }),
      ),
      bridge: fc.oneof({ weight: 2, arbitrary: fc.constant<NodeId[]>([]) }, fc.subarray([...nodes])),
      clientSide: fc.oneof(fc.constant(undefined), fc.subarray([...clients])),
    })
    .map(({ side, bridge, clientSide }) => {
      const opposite = nodes.filter((node) => !side.includes(node));
      const cut = opposite.filter((node) => !bridge.includes(node));
      const far = clientSide === undefined ? [] : clients.filter((one) => !clientSide.includes(one));
      return { from: [...side, ...(clientSide ?? [])], to: [...(cut.length > 0 ? cut : opposite), ...far] };
    });
}

export const partition: FaultType<Partition, PartitionTolerance> = {
  ...ofLinks,
  kind: 'partition',
  schema: z.strictObject({
    kind: z.literal('partition'),
    at: micros,
    ...groups,
    direction: z.enum(['both', 'one-way']),
    forMicros,
  }),
  arbitrary({ nodes, oneWay = false }, { faultsMicros, clients }) {
    return fc
      .record({
        sides: sides(nodes, clients),
        direction: oneWay
          ? fc.constantFrom('both' as const, 'both' as const, 'one-way' as const)
          : fc.constant('both' as const),
        forMicros: durations(faultsMicros),
      })
      .map(({ sides: between, ...rest }) => ({ ...between, ...rest }));
  },
  isTolerated: (fault, tolerance, setting) =>
    (fault.direction === 'both' || tolerance.oneWay === true) && ofLinks.isTolerated(fault, tolerance, setting),
  problems: ({ nodes }, all) => [
    ...strangers(nodes, all),
    ...(nodes.length >= 2 ? [] : ['tolerates.partition needs two nodes or more: else there is nothing to cut']),
  ],
  begin(world, { from: sources, to: targets, direction }) {
    const [from, to] = [nodesNamed(world, sources), nodesNamed(world, targets)];
    const both = direction === 'both';
    world.tally.partitions++;
    world.cut(from, to);
    if (both) world.cut(to, from);
    return () => {
      world.mend(from, to);
      if (both) world.mend(to, from);
    };
  },
  simpler: (fault) => [
    ...untilHealing(fault),
    ...(fault.direction === 'both' ? [] : [{ ...fault, direction: 'both' as const }]),
    ...smallerGroups(fault),
  ],
  describe: ({ from, to, direction, forMicros: time }) =>
    `partition ${from.join(' ')} ${direction === 'both' ? '✂' : 'cannot reach'} ${to.join(' ')} ${lasting(time)}`,
  describeEnd: ({ from, to }) => `partition ${from.join(' ')} ✂ ${to.join(' ')} ends`,
  marks: ['✂', '┼'],
  exercised: 'cutOff',
};
