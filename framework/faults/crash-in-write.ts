/** The process dies in the middle of a handler, between two of its disk writes: what it did before that holds. */
import * as fc from 'fast-check';
import { z } from 'zod';
import type { NodeId } from '../world/protocol.js';
import {
  durations,
  forMicros,
  micros,
  millis,
  name,
  ofOneNode,
  percent,
  untilHealing,
  type FaultType,
  type AnyTolerance,
} from './fault-type.js';

export interface CrashInWrite {
  readonly kind: 'crashInWrite';
  /** From now on writes are counted. */
  readonly at: number;
  readonly node: NodeId;
  /** The process dies right after so many writes, wherever its handler is. */
  readonly writes: number;
  readonly unsyncedKeptPercent: number;
  /** When it restarts, counted from `at`. */
  readonly forMicros: number | null;
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
    ...(fault.unsyncedKeptPercent === 0 ? [] : [{ ...fault, unsyncedKeptPercent: 0 }]),
    ...(fault.writes === 1 ? [] : [{ ...fault, writes: fault.writes - 1 }]),
  ],
  describe({ node, writes, unsyncedKeptPercent, forMicros: down }) {
    const kept = unsyncedKeptPercent === 0 ? '' : `, keeping ${unsyncedKeptPercent} % of its unsynced writes`;
    const until = down === null ? 'until healing' : `for at most ${millis(down)}`;
    return `${node} dies right after its next ${writes === 1 ? 'disk write' : `${writes} disk writes`} ${until}${kept}`;
  },
  describeEnd: ({ node }) => `${node} is up again, if it died`,
  marks: ['✝', '↑'],
  exercised: 'crashes',
};
