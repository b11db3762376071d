/**
 * Something is told to a node from outside its protocol: a false suspicion, an order to hand over, a switch to a slow
 * failure detector. What it means is the node's own affair: `controls` in its definition.
 */
import * as fc from 'fast-check';
import { z } from 'zod';
import type { NodeId } from '../world/protocol.js';
import { micros, name, ofOneNode, strangers, type AnyTolerance, type FaultType } from './fault-type.js';

export interface Control {
  readonly kind: 'control';
  readonly at: number;
  readonly node: NodeId;
  /** The name of the control: `suspect`. */
  readonly control: string;
  /** What it is about: `s2`. */
  readonly argument: string;
}

/** The node that is told, and by control what it may be told. */
export interface ControlTolerance extends AnyTolerance {
  readonly controls: Readonly<Record<string, readonly string[]>>;
}

export const control: FaultType<Control, ControlTolerance> = {
  ...ofOneNode,
  kind: 'control',
  schema: z.strictObject({ kind: z.literal('control'), at: micros, node: name, control: name, argument: z.string() }),
  arbitrary: ({ nodes, controls }) =>
    fc
      .record({
        node: fc.constantFrom(...nodes),
        told: fc.constantFrom(
          ...Object.entries(controls).flatMap(([told, all]) => all.map((argument) => ({ control: told, argument }))),
        ),
      })
      .map(({ node, told }) => ({ node, ...told })),
  isTolerated: ({ node, control: told, argument }, { nodes, controls }) =>
    nodes.includes(node) && controls[told]?.includes(argument) === true,
  problems: ({ nodes, controls }, all) => [
    ...strangers(nodes, all),
    ...(Object.values(controls).some((all) => all.length > 0)
      ? []
      : ['tolerates.control lists nothing that a node could be told']),
  ],
  begin(world, { node, control: told, argument }) {
    world.control(world.node(node), told, argument);
    return () => undefined;
  },
  duration: () => 0,
  simpler: () => [],
  describe: ({ node, control: told, argument }) => `${node} is told: ${told} ${argument}`.trim(),
  describeEnd: ({ node, control: told }) => `${node} has been told: ${told}`,
  marks: ['☞', '☞'],
  exercised: 'controls',
};
