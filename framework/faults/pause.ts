/** The process stops (garbage collection, a suspended machine): its clock runs on, and what arrives waits for it. */
import * as fc from 'fast-check';
import { z } from 'zod';
import type { NodeId } from '../world/protocol.js';
import { durations, forMicros, lasting, micros, name, strangers, untilHealing, type FaultType } from './fault-type.js';

export interface Pause {
  readonly kind: 'pause';
  readonly at: number;
  readonly node: NodeId;
  readonly forMicros: number | null;
}

export interface PauseTolerance {
  readonly nodes: readonly NodeId[];
}

export const pause: FaultType<Pause, PauseTolerance> = {
  kind: 'pause',
  schema: z.strictObject({ kind: z.literal('pause'), at: micros, node: name, forMicros }),
  arbitrary: ({ nodes }, { faultsMicros }) =>
    fc.record({ node: fc.constantFrom(...nodes), forMicros: durations(faultsMicros) }),
  isTolerated: (fault, { nodes }) => nodes.includes(fault.node),
  problems: ({ nodes }, all) => strangers(nodes, all),
  begin(world, fault) {
    const node = world.node(fault.node);
    world.pause(node);
    return () => {
      world.resume(node);
    };
  },
  duration: (fault) => fault.forMicros,
  names: (fault) => ({ servers: [fault.node] }),
  simpler: untilHealing,
  describe: (fault) => `${fault.node} is paused ${lasting(fault.forMicros)}`,
  describeEnd: ({ node }) => `${node} goes on`,
  marks: ['‖', '▶'],
  exercised: 'pauses',
};
