/** The process dies: volatile state is lost, and unsynced writes are, but for some of them. */
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
  percent,
  strangers,
  untilHealing,
  ofOneNode,
  type FaultType,
  type NodeFault,
  type AnyTolerance,
} from './fault-type.js';

export interface Crash extends NodeFault {
  readonly kind: 'crash';
  /** How much of the unsynced writes survives, oldest first: 0 (none) … 100 (all), in percent. */
  readonly unsyncedKeptPercent: number;
  /** Which unsynced writes survive: the oldest (default), or any, as a cache without barriers leaves them. */
  readonly which?: 'oldest' | 'any';
  /** Whether the first append that is lost leaves half a record behind. Default: no. */
  readonly torn?: boolean;
  /** Whether it restarts with a new, empty disk. Default: with the old one. */
  readonly freshDisk?: boolean;
}

export interface CrashTolerance extends AnyTolerance {
  /** How many of all servers may be down at any time, whatever the fault that took them down. */
  readonly atOnce: number;
  /** Whether some stay down until healing. */
  readonly untilHealing?: boolean;
  /** Whether unsynced writes survive in any combination, and whether half of a record may. */
  readonly anySurvive?: boolean;
  readonly torn?: boolean;
  /** Whether a node may come back with an empty disk. */
  readonly freshDisk?: boolean;
}

export const crash: FaultType<Crash, CrashTolerance> = {
  ...ofOneNode,
  kind: 'crash',
  schema: z.strictObject({
    kind: z.literal('crash'),
    at: micros,
    node: name,
    forMicros,
    unsyncedKeptPercent: percent,
    which: z.enum(['oldest', 'any']).optional(),
    torn: z.boolean().optional(),
    freshDisk: z.boolean().optional(),
  }),
  arbitrary({ nodes, untilHealing: isForGood = false, ...damage }, { faultsMicros }) {
    const downFor = durations(faultsMicros);
    const sometimes = (isTolerated = false) => (isTolerated ? fc.constantFrom(false, true) : fc.constant(false));
    return fc
      .record({
        node: fc.constantFrom(...nodes),
        forMicros: isForGood ? fc.option(downFor, { freq: 4 }) : downFor,
        unsyncedKeptPercent: fc.constantFrom(0, 0, 50, 100),
        any: sometimes(damage.anySurvive),
        torn: sometimes(damage.torn),
        freshDisk: sometimes(damage.freshDisk),
      })
      .map(({ any, torn, freshDisk, ...rest }) => ({
        ...rest,
        ...(any && { which: 'any' as const }),
        ...(torn && { torn }),
        ...(freshDisk && { freshDisk }),
      }));
  },
  isTolerated: (fault, { nodes, untilHealing: isForGood, anySurvive, torn, freshDisk }) =>
    nodes.includes(fault.node) &&
    (fault.forMicros !== null || isForGood === true) &&
    (fault.which !== 'any' || anySurvive === true) &&
    (fault.torn !== true || torn === true) &&
    (fault.freshDisk !== true || freshDisk === true),
  problems: ({ nodes, atOnce }, all) => [
    ...strangers(nodes, all),
    ...(atOnce >= 1 ? [] : ['tolerates.crash.atOnce must be 1 or more: else nothing crashes']),
  ],
  begin(world, fault) {
    const node = world.node(fault.node);
    world.crash(node, fault);
    if (fault.freshDisk === true) node.disk.wipe();
    return () => {
      world.restart(node);
    };
  },
  takesDown: (fault) => [fault.node],
  simpler: (fault) => [
    ...untilHealing(fault),
    ...keepingNothing(fault),
    ...(['which', 'torn', 'freshDisk'] as const).flatMap((detail) => without(fault, detail)),
  ],
  describe({ node, forMicros: down, unsyncedKeptPercent, which, torn, freshDisk }) {
    const until = down === null ? 'and stays down until healing' : `and restarts after ${millis(down)}`;
    if (freshDisk === true) return `${node} crashes, loses its disk, ${until}`;
    const kept = keeping(unsyncedKeptPercent);
    const any = kept !== '' && which === 'any' ? ', any of them' : '';
    return `${node} crashes ${until}${kept}${any}${torn === true ? ', and half of a record' : ''}`;
  },
  describeEnd: ({ node }) => `${node} restarts`,
  marks: ['✝', '↑'],
  exercised: 'crashes',
};

function without(fault: Crash, detail: 'which' | 'torn' | 'freshDisk'): readonly Crash[] {
  if (fault[detail] === undefined) return [];
  const rest = { ...fault };
  Reflect.deleteProperty(rest, detail);
  return [rest];
}
