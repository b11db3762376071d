/** A node's clock goes wrong: from a moment on it is ahead by an offset more, and runs fast or slow. */
import * as fc from 'fast-check';
import { z } from 'zod';
import type { NodeId } from '../world/protocol.js';
import { micros, millis, name, strangers, type FaultType } from './fault-type.js';

export interface ClockFault {
  readonly kind: 'clock';
  readonly at: number;
  readonly node: NodeId;
  readonly offsetMicros: number;
  /** How much faster it runs until healing (slower if negative), in millionths. */
  readonly driftPerMillion: number;
}

export interface ClockTolerance {
  readonly nodes: readonly NodeId[];
  readonly offsetMicrosMax: number;
  readonly driftPerMillionMax: number;
}

export const clock: FaultType<ClockFault, ClockTolerance> = {
  kind: 'clock',
  schema: z.strictObject({
    kind: z.literal('clock'),
    at: micros,
    node: name,
    offsetMicros: micros,
    driftPerMillion: z.int().min(-500_000).max(500_000),
  }),
  arbitrary: ({ nodes, offsetMicrosMax, driftPerMillionMax }) =>
    fc.record({
      node: fc.constantFrom(...nodes),
      offsetMicros: fc.integer({ min: 0, max: offsetMicrosMax }),
      driftPerMillion: fc.integer({ min: -driftPerMillionMax, max: driftPerMillionMax }),
    }),
  isTolerated: ({ node, offsetMicros, driftPerMillion }, { nodes, offsetMicrosMax, driftPerMillionMax }) =>
    nodes.includes(node) && offsetMicros <= offsetMicrosMax && Math.abs(driftPerMillion) <= driftPerMillionMax,
  problems: ({ nodes }, all) => strangers(nodes, all),
  begin(world, { node, offsetMicros, driftPerMillion }) {
    const device = world.node(node).clock;
    world.tally.clockChanges++;
    device.drift(world.now, driftPerMillion);
    device.advance(offsetMicros);
    return () => {
      device.drift(world.now, 0);
    };
  },
  duration: () => null,
  names: ({ node }) => ({ servers: [node] }),
  simpler: (fault) => (fault.offsetMicros === 0 ? [] : [{ ...fault, offsetMicros: 0 }]),
  describe({ node, offsetMicros, driftPerMillion }) {
    const drift = `${driftPerMillion >= 0 ? '+' : ''}${driftPerMillion} ppm`;
    return `the clock of ${node} jumps ${millis(offsetMicros)} ahead and drifts by ${drift}`;
  },
  describeEnd: ({ node }) => `the clock of ${node} runs true again`,
  marks: ['◷', '◷'],
  exercised: 'clockChanges',
};
