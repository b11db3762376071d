/** The process stops (garbage collection, a suspended machine): its clock runs on, and what arrives waits for it. */
import * as fc from 'fast-check';
import { z } from 'zod';
import {
  durations,
  forMicros,
  lasting,
  micros,
  name,
  ofOneNode,
  type AnyTolerance,
  type FaultType,
  type NodeFault,
} from './fault-type.js';

export interface Pause extends NodeFault {
  readonly kind: 'pause';
}

export const pause: FaultType<Pause, AnyTolerance> = {
  ...ofOneNode,
  kind: 'pause',
  schema: z.strictObject({ kind: z.literal('pause'), at: micros, node: name, forMicros }),
  arbitrary: ({ nodes }, { faultsMicros }) =>
    fc.record({ node: fc.constantFrom(...nodes), forMicros: durations(faultsMicros) }),
  begin(world, fault) {
    const node = world.node(fault.node);
    world.pause(node);
    return () => {
      world.resume(node);
    };
  },
  describe: (fault) => `${fault.node} is paused ${lasting(fault.forMicros)}`,
  describeEnd: ({ node }) => `${node} goes on`,
  marks: ['‖', '▶'],
  exercised: 'pauses',
};
