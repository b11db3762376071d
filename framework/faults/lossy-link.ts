/** A burst of loss: for a while some links drop many of their messages, or deliver them twice. */
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
  ofLinks,
  perMillion,
  type FaultType,
  type LinkFault,
  type AnyTolerance,
} from './fault-type.js';

export interface LossyLink extends LinkFault {
  readonly kind: 'lossyLink';
  readonly dropPerMillion: number;
  readonly duplicatePerMillion: number;
}

export interface LossyLinkTolerance extends AnyTolerance {
  readonly dropPerMillionMax: number;
  readonly duplicatePerMillionMax: number;
}

export const lossyLink: FaultType<LossyLink, LossyLinkTolerance> = {
  ...ofLinks,
  kind: 'lossyLink',
  schema: z.strictObject({
    kind: z.literal('lossyLink'),
    at: micros,
    ...groups,
    dropPerMillion: perMillion,
    duplicatePerMillion: perMillion,
    forMicros,
  }),
  arbitrary: ({ nodes, dropPerMillionMax, duplicatePerMillionMax }, { faultsMicros, clients }) =>
    fc
      .record({
        between: linkGroups(nodes, clients),
        drops: fc.boolean(),
        percent: fc.integer({ min: 10, max: 100 }),
        forMicros: durations(faultsMicros),
      })
      .map(({ between, drops, percent, forMicros: time }) => {
        const isDrop = duplicatePerMillionMax === 0 || (drops && dropPerMillionMax > 0);
        return {
          ...between,
          dropPerMillion: isDrop ? Math.floor((dropPerMillionMax * percent) / 100) : 0,
          duplicatePerMillion: isDrop ? 0 : Math.floor((duplicatePerMillionMax * percent) / 100),
          forMicros: time,
        };
      }),
  isTolerated: (fault, tolerance, setting) =>
    ofLinks.isTolerated(fault, tolerance, setting) &&
    fault.dropPerMillion <= tolerance.dropPerMillionMax &&
    fault.duplicatePerMillion <= tolerance.duplicatePerMillionMax,
  begin: (world, fault) => {
    const { dropPerMillion, duplicatePerMillion } = fault;
    return disturb(world, fault, { dropPerMillion, duplicatePerMillion });
  },
  describe({ from, to, dropPerMillion, duplicatePerMillion, forMicros: time }) {
    const [rate, what] = dropPerMillion > 0 ? [dropPerMillion, 'drop'] : [duplicatePerMillion, 'duplicate'];
    return `the links ${from.join(' ')} → ${to.join(' ')} ${what} ${rate / 10_000} % of their messages ${lasting(time)}`;
  },
  describeEnd: ({ from, to }) => `the links ${from.join(' ')} → ${to.join(' ')} are reliable again`,
  marks: ['%', '┼'],
  exercised: 'disturbed',
};
