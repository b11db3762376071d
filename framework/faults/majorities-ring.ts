/** Every node hears a majority, and no two hear the same one (Jepsen's majorities-ring): no cut divides them cleanly. */
import * as fc from 'fast-check';
import { z } from 'zod';
import type { NodeId } from '../world/protocol.js';
import {
  durations,
  forMicros,
  lasting,
  micros,
  name,
  nodesNamed,
  strangers,
  untilHealing,
  type FaultType,
  type AnyTolerance,
} from './fault-type.js';

export interface MajoritiesRing {
  readonly kind: 'majoritiesRing';
  readonly at: number;
  /** In the order of the ring: each hears itself and as many of those that follow as a majority takes. */
  readonly ring: readonly NodeId[];
  readonly forMicros: number | null;
}

/** Each node of the ring with those that it does not hear. */
function deafness(ring: readonly NodeId[]): { readonly deaf: NodeId; readonly unheard: readonly NodeId[] }[] {
  const majority = Math.floor(ring.length / 2) + 1;
  return ring.map((deaf, place) => ({
    deaf,
    unheard: [...ring, ...ring].slice(place + majority, place + ring.length),
  }));
}

export const majoritiesRing: FaultType<MajoritiesRing, AnyTolerance> = {
  kind: 'majoritiesRing',
  schema: z.strictObject({ kind: z.literal('majoritiesRing'), at: micros, ring: z.array(name).min(3), forMicros }),
  arbitrary: ({ nodes }, { faultsMicros }) =>
    fc.record({
      ring: fc.shuffledSubarray([...nodes], { minLength: nodes.length }),
      forMicros: durations(faultsMicros),
    }),
  isTolerated: ({ ring }, { nodes }) => ring.every((node) => nodes.includes(node)),
  problems: ({ nodes }, all) => [
    ...strangers(nodes, all),
    ...(nodes.length >= 3 ? [] : ['tolerates.majoritiesRing needs three nodes or more: else a majority is everybody']),
  ],
  begin(world, { ring }) {
    world.tally.partitions++;
    const links = deafness(ring).map(({ deaf, unheard }) => [nodesNamed(world, unheard), [world.node(deaf)]] as const);
    for (const [from, to] of links) world.cut(from, to);
    return () => {
      for (const [from, to] of links) world.mend(from, to);
    };
  },
  duration: (fault) => fault.forMicros,
  names: ({ ring }) => ({ servers: ring }),
  simpler: untilHealing,
  describe: ({ ring, forMicros: time }) =>
    `a ring of majorities: each of ${ring.join(' ')} hears only those next to it ${lasting(time)}`,
  describeEnd: () => 'the ring of majorities ends',
  marks: ['✂', '┼'],
  exercised: 'cutOff',
};
