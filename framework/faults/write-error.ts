/** Disk writes fail: the disk is full, or broken. A node that does not catch the error is down until the disk works. */
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

export interface WriteError extends NodeFault {
  readonly kind: 'writeError';
  readonly reason: 'full' | 'broken';
}

const WORDS = { full: 'no space left on the disk', broken: 'input/output error' } as const;

export const writeError: FaultType<WriteError, AnyTolerance> = {
  ...ofOneNode,
  kind: 'writeError',
  schema: z.strictObject({
    kind: z.literal('writeError'),
    at: micros,
    node: name,
    reason: z.enum(['full', 'broken']),
    forMicros,
  }),
  arbitrary: ({ nodes }, { faultsMicros }) =>
    fc.record({
      node: fc.constantFrom(...nodes),
      reason: fc.constantFrom('full' as const, 'broken' as const),
      forMicros: durations(faultsMicros),
    }),
  begin(world, { node: named, reason }) {
    const node = world.node(named);
    const { writeErrors } = world.troubleOf(node);
    writeErrors.push(WORDS[reason]);
    return () => {
      writeErrors.splice(writeErrors.indexOf(WORDS[reason]), 1);
      if (writeErrors.length === 0) world.revive(node);
    };
  },
  takesDown: ({ node }) => [node],
  describe: ({ node, reason, forMicros: time }) => `disk writes of ${node} fail (${WORDS[reason]}) ${lasting(time)}`,
  describeEnd: ({ node }) => `the disk of ${node} takes writes again`,
  marks: ['⛁', '⛁'],
  exercised: 'diskErrors',
};
