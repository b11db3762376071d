/** A node's clock goes wrong: it jumps ahead or back, and runs fast or slow for a while (drift, or a slew). */
import * as fc from 'fast-check';
import { z } from 'zod';
import type { NodeId } from '../world/protocol.js';
import { durations, micros, millis, name, strangers, type FaultType, type AnyTolerance } from './fault-type.js';

export interface ClockFault {
  readonly kind: 'clock';
  readonly at: number;
  readonly node: NodeId;
  /** How far it jumps: ahead, or back if negative. It stays there. */
  readonly offsetMicros: number;
  /** How much faster it runs (slower if negative), in millionths. */
  readonly driftPerMillion: number;
  /** How long it drifts. Default: until healing. */
  readonly forMicros?: number;
}

export interface ClockTolerance extends AnyTolerance {
  readonly offsetMicrosMax: number;
  readonly driftPerMillionMax: number;
  /** Whether it may jump back as far as ahead. Default: it never runs back. */
  readonly backwards?: boolean;
  /** Whether it may drift for a while only, as a clock that is slewed does. */
  readonly slews?: boolean;
}

export const clock: FaultType<ClockFault, ClockTolerance> = {
  kind: 'clock',
  schema: z.strictObject({
    kind: z.literal('clock'),
    at: micros,
    node: name,
    offsetMicros: z.int(),
    driftPerMillion: z.int().min(-500_000).max(500_000),
    forMicros: micros.optional(),
  }),
  arbitrary: ({ nodes, offsetMicrosMax, driftPerMillionMax, backwards = false, slews = false }, { faultsMicros }) =>
    fc
      .record({
        node: fc.constantFrom(...nodes),
        offsetMicros: fc.integer({ min: backwards ? -offsetMicrosMax : 0, max: offsetMicrosMax }),
        driftPerMillion: fc.integer({ min: -driftPerMillionMax, max: driftPerMillionMax }),
        forMicros: slews ? fc.option(durations(faultsMicros), { nil: undefined }) : fc.constant(undefined),
      })
      .map(({ forMicros, ...rest }) => (forMicros === undefined ? rest : { ...rest, forMicros })),
  isTolerated: ({ node, offsetMicros, driftPerMillion, forMicros }, tolerance) =>
    tolerance.nodes.includes(node) &&
    Math.abs(offsetMicros) <= tolerance.offsetMicrosMax &&
    (offsetMicros >= 0 || tolerance.backwards === true) &&
    Math.abs(driftPerMillion) <= tolerance.driftPerMillionMax &&
    (forMicros === undefined || tolerance.slews === true),
  problems: ({ nodes }, all) => strangers(nodes, all),
  begin(world, { node, offsetMicros, driftPerMillion }) {
    const device = world.node(node).clock;
    world.tally.clockChanges++;
    device.drift(world.now, driftPerMillion);
    device.advance(offsetMicros);
    return () => {
      device.undrift(world.now, driftPerMillion);
    };
  },
  duration: ({ forMicros = null }) => forMicros,
  names: ({ node }) => ({ servers: [node] }),
  simpler: ({ forMicros, ...fault }) => [
    ...(forMicros === undefined ? [] : [fault]),
    ...(fault.offsetMicros === 0 ? [] : [{ ...fault, offsetMicros: 0, ...(forMicros !== undefined && { forMicros }) }]),
  ],
  describe({ node, offsetMicros, driftPerMillion, forMicros }) {
    const jump = `jumps ${millis(Math.abs(offsetMicros))} ${offsetMicros < 0 ? 'back' : 'ahead'}`;
    const drift = `drifts by ${driftPerMillion >= 0 ? '+' : ''}${driftPerMillion} ppm`;
    return `the clock of ${node} ${jump} and ${drift}${forMicros === undefined ? '' : ` for ${millis(forMicros)}`}`;
  },
  describeEnd: ({ node }) => `the clock of ${node} runs true again`,
  marks: ['◷', '◷'],
  exercised: 'clockChanges',
};
