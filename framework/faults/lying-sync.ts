/** Disk syncs report success and make nothing durable: a write cache that ignores flushes. */
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

export interface LyingSync extends NodeFault {
  readonly kind: 'lyingSync';
}

export const lyingSync: FaultType<LyingSync, AnyTolerance> = {
  ...ofOneNode,
  kind: 'lyingSync',
  schema: z.strictObject({ kind: z.literal('lyingSync'), at: micros, node: name, forMicros }),
  arbitrary: ({ nodes }, { faultsMicros }) =>
    fc.record({ node: fc.constantFrom(...nodes), forMicros: durations(faultsMicros) }),
  begin(world, { node: named }) {
    const trouble = world.troubleOf(world.node(named));
    trouble.lyingSyncs++;
    return () => {
      trouble.lyingSyncs--;
    };
  },
  describe: ({ node, forMicros: time }) => `the disk of ${node} says that it synced, and does not ${lasting(time)}`,
  describeEnd: ({ node }) => `the disk of ${node} syncs again when it says so`,
  marks: ['⛁', '⛁'],
  exercised: 'falseSyncs',
};
