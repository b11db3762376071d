/** Disk syncs report success and make nothing durable: a write cache that ignores flushes. */
import { lasting, plainNodeFault, type NodeFault } from './fault-type.js';

export type LyingSync = NodeFault & { readonly kind: 'lyingSync' };

export const lyingSync = plainNodeFault('lyingSync', {
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
});
