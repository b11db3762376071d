/** The process stops (garbage collection, a suspended machine): its clock runs on, and what arrives waits for it. */
import { lasting, plainNodeFault, type NodeFault } from './fault-type.js';

export type Pause = NodeFault & { readonly kind: 'pause' };

export const pause = plainNodeFault('pause', {
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
});
