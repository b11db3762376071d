/**
 * Disk syncs fail, and the cache takes what it could not write for clean: a sync that is tried again succeeds and does
 * nothing (A. Rebello et al., "Can applications recover from fsync failures?", ATC 2020; PostgreSQL's fsyncgate).
 */
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

export interface SyncError extends NodeFault {
  readonly kind: 'syncError';
}

export const syncError: FaultType<SyncError, AnyTolerance> = {
  ...ofOneNode,
  kind: 'syncError',
  schema: z.strictObject({ kind: z.literal('syncError'), at: micros, node: name, forMicros }),
  arbitrary: ({ nodes }, { faultsMicros }) =>
    fc.record({ node: fc.constantFrom(...nodes), forMicros: durations(faultsMicros) }),
  begin(world, { node: named }) {
    const node = world.node(named);
    const trouble = world.troubleOf(node);
    trouble.syncErrors++;
    return () => {
      trouble.syncErrors--;
      if (trouble.syncErrors === 0) world.revive(node);
    };
  },
  takesDown: ({ node }) => [node],
  describe: ({ node, forMicros: time }) =>
    `disk syncs of ${node} fail ${lasting(time)}, and lose what they had to write`,
  describeEnd: ({ node }) => `the disk of ${node} syncs again`,
  marks: ['⛁', '⛁'],
  exercised: 'failedSyncs',
};
