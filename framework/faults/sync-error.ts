/**
 * Disk syncs fail, and the cache takes what it could not write for clean: a sync that is tried again succeeds and does
 * nothing (A. Rebello et al., "Can applications recover from fsync failures?", ATC 2020; PostgreSQL's fsyncgate).
 */
import { lasting, plainNodeFault, type NodeFault } from './fault-type.js';

export type SyncError = NodeFault & { readonly kind: 'syncError' };

export const syncError = plainNodeFault('syncError', {
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
});
