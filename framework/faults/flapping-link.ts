/** Links that fail and come back, again and again: a loose plug, a route that flaps. */
import * as fc from 'fast-check';
import { z } from 'zod';
import {
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
import { partition } from './partition.js';

export interface FlappingLink extends LinkFault {
  readonly kind: 'flappingLink';
  /** The links, both ways, are down so long, then up so long, and so on. */
  readonly downMicros: number;
  readonly upMicros: number;
}

export const flappingLink: FaultType<FlappingLink, AnyTolerance> = {
  ...ofLinks,
  kind: 'flappingLink',
  schema: z.strictObject({
    kind: z.literal('flappingLink'),
    at: micros,
    ...groups,
    downMicros: z.int().positive(),
    upMicros: z.int().positive(),
    forMicros,
  }),
  arbitrary: ({ nodes }, { faultsMicros, clients }) => {
    const phase = fc.integer({ min: 500, max: Math.max(500, Math.floor(faultsMicros / 8)) });
    return fc
      .record({
        between: linkGroups(nodes, clients),
        downMicros: phase,
        upMicros: phase,
        forMicros: durations(faultsMicros),
      })
      .map(({ between, ...rest }) => ({ ...between, ...rest }));
  },
  begin(world, { from, to, downMicros, upMicros }) {
    const down = { kind: 'partition', at: 0, from, to, direction: 'both', forMicros: null } as const;
    let isOver = false;
    let mend: (() => void) | undefined;
    const toggle = (): void => {
      if (isOver) return;
      if (mend === undefined) mend = partition.begin(world, down);
      else {
        mend();
        mend = undefined;
      }
      world.schedule(world.now + (mend === undefined ? upMicros : downMicros), toggle);
    };
    toggle();
    return () => {
      isOver = true;
      mend?.();
    };
  },
  describe: ({ from, to, downMicros, upMicros, forMicros: time }) =>
    `the links ${from.join(' ')} ⇄ ${to.join(' ')} flap (${millis(downMicros)} down, ${millis(upMicros)} up) ${lasting(time)}`,
  describeEnd: ({ from, to }) => `the links ${from.join(' ')} ⇄ ${to.join(' ')} are stable again`,
  marks: ['≈', '┼'],
  exercised: 'cutOff',
};
