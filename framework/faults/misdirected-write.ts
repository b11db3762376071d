/** The next record that a node appends lands where another one was: in another of its logs, if there is one. */
import * as fc from 'fast-check';
import { z } from 'zod';
import type { NodeId } from '../world/protocol.js';
import { micros, name, ofOneNode, type FaultType, type AnyTolerance } from './fault-type.js';

export interface MisdirectedWrite {
  readonly kind: 'misdirectedWrite';
  readonly at: number;
  readonly node: NodeId;
}

export const misdirectedWrite: FaultType<MisdirectedWrite, AnyTolerance> = {
  ...ofOneNode,
  kind: 'misdirectedWrite',
  schema: z.strictObject({ kind: z.literal('misdirectedWrite'), at: micros, node: name }),
  arbitrary: ({ nodes }) => fc.record({ node: fc.constantFrom(...nodes) }),
  begin(world, { node }) {
    const trouble = world.troubleOf(world.node(node));
    trouble.misdirectedWrites++;
    return () => {
      trouble.misdirectedWrites = 0;
    };
  },
  duration: () => null,
  takesDown: ({ node }) => [node],
  simpler: () => [],
  describe: ({ node }) => `the next record that ${node} appends lands in the wrong place`,
  describeEnd: ({ node }) => `the disk of ${node} writes where it is told again`,
  marks: ['⚠', '⛁'],
  exercised: 'damagedRecords',
};
