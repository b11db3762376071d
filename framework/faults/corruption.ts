/** A bit of a record at rest flips. With checksums that is found when it is read; the node must then do without it. */
import * as fc from 'fast-check';
import { z } from 'zod';
import type { NodeId } from '../world/protocol.js';
import { micros, name, ofOneNode, type FaultType, type AnyTolerance } from './fault-type.js';

export interface Corruption {
  readonly kind: 'corruption';
  readonly at: number;
  readonly node: NodeId;
}

export const corruption: FaultType<Corruption, AnyTolerance> = {
  ...ofOneNode,
  kind: 'corruption',
  schema: z.strictObject({ kind: z.literal('corruption'), at: micros, node: name }),
  arbitrary: ({ nodes }) => fc.record({ node: fc.constantFrom(...nodes) }),
  begin(world, { node: named }) {
    const node = world.node(named);
    if (node.disk.corrupt(world.bitsFor(node, 'corruption'))) world.tally.damagedRecords++;
    return () => undefined;
  },
  duration: () => null,
  // A damaged log may keep it from ever starting again.
  takesDown: ({ node }) => [node],
  simpler: () => [],
  describe: ({ node }) => `a bit flips in a record on the disk of ${node}`,
  describeEnd: ({ node }) => `the record on the disk of ${node} stays damaged`,
  marks: ['⚠', '⚠'],
  exercised: 'damagedRecords',
};
