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
  nodesNamed,
  ofLinks,
  type FaultType,
  type LinkFault,
  type AnyTolerance,
} from './fault-type.js';

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
  begin(world, { from: sources, to: targets, downMicros, upMicros }) {
    const [from, to] = [nodesNamed(world, sources), nodesNamed(world, targets)];
    let isOver = false;
    let isDown = false;
    const toggle = (): void => {
      if (isOver) return;
      isDown = !isDown;
      if (isDown) {
        world.tally.partitions++;
        world.cut(from, to);
        world.cut(to, from);
      } else {
        world.mend(from, to);
        world.mend(to, from);
      }
      world.schedule(world.now + (isDown ? downMicros : upMicros), toggle);
    };
    toggle();
    return () => {
      isOver = true;
      if (!isDown) return;
      world.mend(from, to);
      world.mend(to, from);
    };
  },
  describe: ({ from, to, downMicros, upMicros, forMicros: time }) =>
    `the links ${from.join(' ')} ⇄ ${to.join(' ')} flap (${millis(downMicros)} down, ${millis(upMicros)} up) ${lasting(time)}`,
  describeEnd: ({ from, to }) => `the links ${from.join(' ')} ⇄ ${to.join(' ')} are stable again`,
  marks: ['≈', '┼'],
  exercised: 'cutOff',
};
