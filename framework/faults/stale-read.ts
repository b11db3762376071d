/** Reads of a disk return what was there before the last writes: sectors that never got the new data. */
import * as fc from 'fast-check';
import { z } from 'zod';
import {
  durations,
  forMicros,
  lasting,
  micros,
  name,
  ofOneNode,
  type FaultType,
  type NodeFault,
  type AnyTolerance,
} from './fault-type.js';

export interface StaleRead extends NodeFault {
  readonly kind: 'staleRead';
}

export const staleRead: FaultType<StaleRead, AnyTolerance> = {
  ...ofOneNode,
  kind: 'staleRead',
  schema: z.strictObject({ kind: z.literal('staleRead'), at: micros, node: name, forMicros }),
  arbitrary: ({ nodes }, { faultsMicros }) =>
    fc.record({ node: fc.constantFrom(...nodes), forMicros: durations(faultsMicros) }),
  begin(world, { node }) {
    const trouble = world.troubleOf(world.node(node));
    trouble.staleReads++;
    return () => {
      trouble.staleReads--;
    };
  },
  describe: ({ node, forMicros: time }) =>
    `the disk of ${node} reads what was there before the last writes ${lasting(time)}`,
  describeEnd: ({ node }) => `the disk of ${node} reads what was written last again`,
  marks: ['⛁', '⛁'],
  exercised: 'staleReads',
};
