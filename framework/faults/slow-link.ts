/** Messages on some links take longer, by a fixed time and by one that varies, so that they overtake one another. */
import * as fc from 'fast-check';
import { z } from 'zod';
import {
  disturb,
  durations,
  forMicros,
  groups,
  lasting,
  linkGroups,
  micros,
  millis,
  ofLinks,
  type FaultType,
  type LinkFault,
  type AnyTolerance,
} from './fault-type.js';

export interface SlowLink extends LinkFault {
  readonly kind: 'slowLink';
  readonly extraMicros: number;
  /** Up to so much more for each message, by the seed. */
  readonly jitterMicros: number;
}

export interface SlowLinkTolerance extends AnyTolerance {
  readonly extraMicrosMax: number;
}

export const slowLink: FaultType<SlowLink, SlowLinkTolerance> = {
  ...ofLinks,
  kind: 'slowLink',
  schema: z.strictObject({
    kind: z.literal('slowLink'),
    at: micros,
    ...groups,
    extraMicros: micros,
    jitterMicros: micros,
    forMicros,
  }),
  arbitrary: ({ nodes, extraMicrosMax }, { faultsMicros, clients }) =>
    fc
      .record({
        between: linkGroups(nodes, clients),
        extra: fc.integer({ min: 1, max: extraMicrosMax }),
        fixedPercent: fc.constantFrom(0, 50, 100),
        forMicros: durations(faultsMicros),
      })
      .map(({ between, extra, fixedPercent, forMicros: time }) => {
        const extraMicros = Math.floor((extra * fixedPercent) / 100);
        return { ...between, extraMicros, jitterMicros: extra - extraMicros, forMicros: time };
      }),
  isTolerated: (fault, tolerance, setting) =>
    ofLinks.isTolerated(fault, tolerance, setting) &&
    fault.extraMicros + fault.jitterMicros <= tolerance.extraMicrosMax,
  begin: (world, fault) => {
    const { extraMicros, jitterMicros } = fault;
    return disturb(world, fault, { extraMicros, jitterMicros });
  },
  simpler: (fault) => [
    ...ofLinks.simpler(fault),
    ...(fault.jitterMicros === 0
      ? []
      : [{ ...fault, extraMicros: fault.extraMicros + fault.jitterMicros, jitterMicros: 0 }]),
  ],
  describe({ from, to, extraMicros, jitterMicros, forMicros: time }) {
    const extra =
      jitterMicros === 0 ? millis(extraMicros) : `${millis(extraMicros)} to ${millis(extraMicros + jitterMicros)}`;
    return `messages ${from.join(' ')} → ${to.join(' ')} take ${extra} longer ${lasting(time)}`;
  },
  describeEnd: ({ from, to }) => `the links ${from.join(' ')} → ${to.join(' ')} are fast again`,
  marks: ['~', '┼'],
  exercised: 'disturbed',
};
