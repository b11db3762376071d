/** Reads of a disk return what was there before the last writes: sectors that never got the new data. */
import { lasting, plainNodeFault, type NodeFault } from './fault-type.js';

export type StaleRead = NodeFault & { readonly kind: 'staleRead' };

export const staleRead = plainNodeFault('staleRead', {
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
});
