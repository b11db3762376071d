/** Each sync of a disk takes longer. */
import * as fc from 'fast-check';
import { z } from 'zod';
import {
  durations,
  forMicros,
  lasting,
  micros,
  millis,
  name,
  ofOneNode,
  type FaultType,
  type NodeFault,
  type AnyTolerance,
} from './fault-type.js';

export interface SlowDisk extends NodeFault {
  readonly kind: 'slowDisk';
  readonly extraMicros: number;
}

export interface SlowDiskTolerance extends AnyTolerance {
  readonly extraMicrosMax: number;
}

export const slowDisk: FaultType<SlowDisk, SlowDiskTolerance> = {
  ...ofOneNode,
  kind: 'slowDisk',
  schema: z.strictObject({
    kind: z.literal('slowDisk'),
    at: micros,
    node: name,
    extraMicros: z.int().positive(),
    forMicros,
  }),
  arbitrary: ({ nodes, extraMicrosMax }, { faultsMicros }) =>
    fc.record({
      node: fc.constantFrom(...nodes),
      extraMicros: fc.integer({ min: 1, max: extraMicrosMax }),
      forMicros: durations(faultsMicros),
    }),
  isTolerated: ({ node, extraMicros }, { nodes, extraMicrosMax }) =>
    nodes.includes(node) && extraMicros <= extraMicrosMax,
  begin(world, { node: named, extraMicros }) {
    const node = world.node(named);
    node.diskExtraMicros += extraMicros;
    return () => {
      node.diskExtraMicros -= extraMicros;
    };
  },
  describe: ({ node, extraMicros, forMicros: time }) =>
    `each disk sync of ${node} takes ${millis(extraMicros)} longer ${lasting(time)}`,
  describeEnd: ({ node }) => `the disk of ${node} is fast again`,
  marks: ['⛁', '⛁'],
  exercised: 'slowSyncs',
};
