/** Each step takes the node a while longer, and what arrives meanwhile waits: a busy or a failing machine. */
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

export interface SlowNode extends NodeFault {
  readonly kind: 'slowNode';
  readonly stepMicros: number;
}

export interface SlowNodeTolerance extends AnyTolerance {
  readonly stepMicrosMax: number;
}

export const slowNode: FaultType<SlowNode, SlowNodeTolerance> = {
  ...ofOneNode,
  kind: 'slowNode',
  schema: z.strictObject({
    kind: z.literal('slowNode'),
    at: micros,
    node: name,
    stepMicros: z.int().positive(),
    forMicros,
  }),
  arbitrary: ({ nodes, stepMicrosMax }, { faultsMicros }) =>
    fc.record({
      node: fc.constantFrom(...nodes),
      stepMicros: fc.integer({ min: 1, max: stepMicrosMax }),
      forMicros: durations(faultsMicros),
    }),
  isTolerated: ({ node, stepMicros }, { nodes, stepMicrosMax }) => nodes.includes(node) && stepMicros <= stepMicrosMax,
  begin(world, { node: named, stepMicros }) {
    const node = world.node(named);
    world.slow(node, stepMicros);
    return () => {
      world.slow(node, -stepMicros);
    };
  },
  describe: ({ node, stepMicros, forMicros: time }) =>
    `each step of ${node} takes ${millis(stepMicros)} ${lasting(time)}`,
  describeEnd: ({ node }) => `${node} is fast again`,
  marks: ['▒', '▓'],
  exercised: 'slowedSteps',
};
