/** A correlated crash: several processes die at the same moment, all of them perhaps, and come back together. */
import * as fc from 'fast-check';
import { z } from 'zod';
import type { NodeId } from '../world/protocol.js';
import {
  durations,
  keeping,
  keepingNothing,
  forMicros,
  micros,
  millis,
  name,
  nodesNamed,
  percent,
  strangers,
  untilHealing,
  type FaultType,
  type AnyTolerance,
} from './fault-type.js';

export interface PowerFailure {
  readonly kind: 'powerFailure';
  readonly at: number;
  readonly nodes: readonly NodeId[];
  readonly forMicros: number | null;
  /** How much of each one's unsynced writes survives, oldest first, in percent. */
  readonly unsyncedKeptPercent: number;
}

/** `nodes` share the power: all of them fail at once. */
export const powerFailure: FaultType<PowerFailure, AnyTolerance> = {
  kind: 'powerFailure',
  schema: z.strictObject({
    kind: z.literal('powerFailure'),
    at: micros,
    nodes: z.array(name).min(1),
    forMicros,
    unsyncedKeptPercent: percent,
  }),
  arbitrary: ({ nodes }, { faultsMicros }) =>
    fc.record({
      nodes: fc.constant(nodes),
      forMicros: durations(faultsMicros),
      unsyncedKeptPercent: fc.constantFrom(0, 0, 50, 100),
    }),
  isTolerated: (fault, { nodes }) => fault.nodes.every((node) => nodes.includes(node)),
  problems: ({ nodes }, all) => strangers(nodes, all),
  begin(world, fault) {
    const nodes = nodesNamed(world, fault.nodes);
    for (const node of nodes) world.crash(node, fault);
    return () => {
      for (const node of nodes) world.restart(node);
    };
  },
  duration: (fault) => fault.forMicros,
  names: ({ nodes }) => ({ servers: nodes }),
  takesDown: ({ nodes }) => nodes,
  simpler: (fault) => [
    ...untilHealing(fault),
    ...keepingNothing(fault),
    ...(fault.nodes.length === 1
      ? []
      : fault.nodes.map((_, place) => ({ ...fault, nodes: fault.nodes.toSpliced(place, 1) }))),
  ],
  describe({ nodes, forMicros: down, unsyncedKeptPercent }) {
    const until = down === null ? 'until healing' : `for ${millis(down)}`;
    return `the power of ${nodes.join(' ')} fails ${until}${keeping(unsyncedKeptPercent, 'their')}`;
  },
  describeEnd: ({ nodes }) => `${nodes.join(' ')} restart`,
  marks: ['✝', '↑'],
  exercised: 'crashes',
};
