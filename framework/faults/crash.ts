/** The process dies: volatile state and unsynced writes are lost, but for a prefix of the latter. */
import * as fc from 'fast-check';
import { z } from 'zod';
import type { NodeId } from '../world/protocol.js';
import {
  durations,
  forMicros,
  micros,
  millis,
  name,
  percent,
  strangers,
  untilHealing,
  type FaultType,
} from './fault-type.js';

export interface Crash {
  readonly kind: 'crash';
  readonly at: number;
  readonly node: NodeId;
  readonly forMicros: number | null;
  /** How much of the unsynced writes survives, oldest first: 0 (none) … 100 (all), in percent. */
  readonly unsyncedKeptPercent: number;
}

export interface CrashTolerance {
  readonly nodes: readonly NodeId[];
  /** How many of all servers may be down at any time, whatever the fault that took them down. */
  readonly atOnce: number;
  /** Whether some stay down until healing. */
  readonly untilHealing?: boolean;
}

export const crash: FaultType<Crash, CrashTolerance> = {
  kind: 'crash',
  schema: z.strictObject({ kind: z.literal('crash'), at: micros, node: name, forMicros, unsyncedKeptPercent: percent }),
  arbitrary({ nodes, untilHealing: isForGood = false }, { faultsMicros }) {
    const downFor = durations(faultsMicros);
    return fc.record({
      node: fc.constantFrom(...nodes),
      forMicros: isForGood ? fc.option(downFor, { freq: 4 }) : downFor,
      unsyncedKeptPercent: fc.constantFrom(0, 0, 50, 100),
    });
  },
  isTolerated: (fault, { nodes, untilHealing: isForGood }) =>
    nodes.includes(fault.node) && (fault.forMicros !== null || isForGood === true),
  problems: ({ nodes, atOnce }, all) => [
    ...strangers(nodes, all),
    ...(atOnce >= 1 ? [] : ['tolerates.crash.atOnce must be 1 or more: else nothing crashes']),
  ],
  begin(world, fault) {
    const node = world.node(fault.node);
    world.crash(node, fault.unsyncedKeptPercent);
    return () => {
      world.restart(node);
    };
  },
  duration: (fault) => fault.forMicros,
  names: (fault) => ({ servers: [fault.node] }),
  takesDown: (fault) => [fault.node],
  simpler: (fault) => [
    ...untilHealing(fault),
    ...(fault.unsyncedKeptPercent === 0 ? [] : [{ ...fault, unsyncedKeptPercent: 0 }]),
  ],
  describe({ node, forMicros: down, unsyncedKeptPercent }) {
    const kept = unsyncedKeptPercent === 0 ? '' : `, keeping ${unsyncedKeptPercent} % of its unsynced writes`;
    return `${node} crashes ${down === null ? 'and stays down until healing' : `and restarts after ${millis(down)}`}${kept}`;
  },
  describeEnd: ({ node }) => `${node} restarts`,
  marks: ['✝', '↑'],
  exercised: 'crashes',
};
