/** A machine is gone for good, with its disk: it does not come back, not even when everything else heals. */
import * as fc from 'fast-check';
import { z } from 'zod';
import type { NodeId } from '../world/protocol.js';
import { micros, name, ofOneNode, type FaultType, type AnyTolerance } from './fault-type.js';

export interface PermanentLoss {
  readonly kind: 'permanentLoss';
  readonly at: number;
  readonly node: NodeId;
}

export const permanentLoss: FaultType<PermanentLoss, AnyTolerance> = {
  ...ofOneNode,
  kind: 'permanentLoss',
  schema: z.strictObject({ kind: z.literal('permanentLoss'), at: micros, node: name }),
  arbitrary: ({ nodes }) => fc.record({ node: fc.constantFrom(...nodes) }),
  begin(world, { node: lost }) {
    const node = world.node(lost);
    world.crash(node, { unsyncedKeptPercent: 0 });
    node.disk.wipe();
    return () => undefined;
  },
  duration: () => null,
  takesDown: ({ node }) => [node],
  simpler: () => [],
  describe: ({ node }) => `${node} is lost for good, with its disk`,
  describeEnd: ({ node }) => `${node} stays lost`,
  marks: ['☠', '☠'],
  exercised: 'crashes',
};
