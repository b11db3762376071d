/** The process dies in the middle of a handler, between two of its disk writes: what it did before that holds. */
import * as fc from 'fast-check';
import { z } from 'zod';
import {
  durations,
  keeping,
  keepingNothing,
  forMicros,
  micros,
  millis,
  name,
  ofOneNode,
  percent,
  untilHealing,
  type FaultType,
  type NodeFault,
  type AnyTolerance,
} from './fault-type.js';

/** Writes are counted from `at` on, and so is the time after which it restarts. */
export interface CrashInWrite extends NodeFault {
  readonly kind: 'crashInWrite';
  /** The process dies right after so many writes, wherever its handler is. */
  readonly writes: number;
  readonly unsyncedKeptPercent: number;
}

export interface CrashInWriteTolerance extends AnyTolerance {
  readonly writesMax: number;
}

export const crashInWrite: FaultType<CrashInWrite, CrashInWriteTolerance> = {
  ...ofOneNode,
  kind: 'crashInWrite',
  schema: z.strictObject({
    kind: z.literal('crashInWrite'),
    at: micros,
    node: name,
    writes: z.int().positive(),
    unsyncedKeptPercent: percent,
    forMicros,
  }),
  arbitrary: ({ nodes, writesMax }, { faultsMicros }) =>
    fc.record({
      node: fc.constantFrom(...nodes),
      writes: fc.integer({ min: 1, max: writesMax }),
      unsyncedKeptPercent: fc.constantFrom(0, 100, 100),
      forMicros: durations(faultsMicros),
    }),
  isTolerated: ({ node, writes }, { nodes, writesMax }) => nodes.includes(node) && writes <= writesMax,
  begin(world, { node: dying, writes, unsyncedKeptPercent }) {
    const node = world.node(dying);
    const { fuses } = world.troubleOf(node);
    const fuse = { writesLeft: writes, unsyncedKeptPercent };
    fuses.push(fuse);
    return () => {
      fuses.splice(fuses.indexOf(fuse), 1);
      if (fuse.writesLeft === 0) world.restart(node);
    };
  },
  takesDown: ({ node }) => [node],
  simpler: (fault) => [
    ...untilHealing(fault),
    ...keepingNothing(fault),
    ...(fault.writes === 1 ? [] : [{ ...fault, writes: fault.writes - 1 }]),
  ],
  describe({ node, writes, unsyncedKeptPercent, forMicros: down }) {
    const until = down === null ? 'until healing' : `for at most ${millis(down)}`;
    return `${node} dies right after its next ${writes === 1 ? 'disk write' : `${writes} disk writes`} ${until}${keeping(unsyncedKeptPercent)}`;
  },
  describeEnd: ({ node }) => `${node} is up again, if it died`,
  marks: ['✝', '↑'],
  exercised: 'crashes',
};
