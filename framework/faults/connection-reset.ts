/** Connections are reset: whatever is under way between two groups of nodes is lost, on FIFO links too. */
import { z } from 'zod';
import type { NodeId } from '../world/protocol.js';
import {
  groups,
  linkGroups,
  micros,
  nodesNamed,
  ofLinks,
  smallerGroups,
  type FaultType,
  type AnyTolerance,
} from './fault-type.js';

export interface ConnectionReset {
  readonly kind: 'connectionReset';
  readonly at: number;
  readonly from: readonly NodeId[];
  readonly to: readonly NodeId[];
}

export const connectionReset: FaultType<ConnectionReset, AnyTolerance> = {
  ...ofLinks,
  kind: 'connectionReset',
  schema: z.strictObject({ kind: z.literal('connectionReset'), at: micros, ...groups }),
  arbitrary: ({ nodes }, { clients }) => linkGroups(nodes, clients),
  begin(world, { from, to }) {
    world.resetConnections(nodesNamed(world, from), nodesNamed(world, to));
    return () => undefined;
  },
  duration: () => 0,
  simpler: smallerGroups,
  describe: ({ from, to }) => `the connections ${from.join(' ')} ⇄ ${to.join(' ')} are reset`,
  describeEnd: ({ from, to }) => `${from.join(' ')} ⇄ ${to.join(' ')} are connected again`,
  marks: ['✗', '┼'],
  exercised: 'resets',
};
