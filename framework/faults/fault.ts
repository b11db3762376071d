/**
 * Every fault as plain data. A fault and its end (a crash and its restart, a partition and its healing) are one item, so
 * that shrinking removes them together. Whatever is still in force when the fault phase ends is healed then.
 */
import type { NodeId } from '../world/protocol.js';
import type { World } from '../world/world.js';
import { clock, type ClockFault, type ClockTolerance } from './clock.js';
import { crash, type Crash, type CrashTolerance } from './crash.js';
import type { FaultType, AnyTolerance } from './fault-type.js';
import { permanentLoss, type PermanentLoss } from './permanent-loss.js';
import { powerFailure, type PowerFailure } from './power-failure.js';
import { crashInWrite, type CrashInWrite, type CrashInWriteTolerance } from './crash-in-write.js';
import { slowNode, type SlowNode, type SlowNodeTolerance } from './slow-node.js';
import { majoritiesRing, type MajoritiesRing } from './majorities-ring.js';
import { flappingLink, type FlappingLink } from './flapping-link.js';
import { slowLink, type SlowLink, type SlowLinkTolerance } from './slow-link.js';
import { lossyLink, type LossyLink, type LossyLinkTolerance } from './lossy-link.js';
import { connectionReset, type ConnectionReset } from './connection-reset.js';
import { slowDisk, type SlowDisk, type SlowDiskTolerance } from './slow-disk.js';
import { writeError, type WriteError } from './write-error.js';
import { syncError, type SyncError } from './sync-error.js';
import { lyingSync, type LyingSync } from './lying-sync.js';
import { corruption, type Corruption } from './corruption.js';
import { misdirectedWrite, type MisdirectedWrite } from './misdirected-write.js';
import { staleRead, type StaleRead } from './stale-read.js';
import { control, type Control, type ControlTolerance } from './control.js';
import { partition, type Partition, type PartitionTolerance } from './partition.js';
import { pause, type Pause } from './pause.js';

/** By kind: the fault, and what a system says if it tolerates it. */
interface Kinds {
  readonly crash: readonly [Crash, CrashTolerance];
  readonly pause: readonly [Pause, AnyTolerance];
  readonly partition: readonly [Partition, PartitionTolerance];
  readonly permanentLoss: readonly [PermanentLoss, AnyTolerance];
  readonly powerFailure: readonly [PowerFailure, AnyTolerance];
  readonly crashInWrite: readonly [CrashInWrite, CrashInWriteTolerance];
  readonly slowNode: readonly [SlowNode, SlowNodeTolerance];
  readonly majoritiesRing: readonly [MajoritiesRing, AnyTolerance];
  readonly flappingLink: readonly [FlappingLink, AnyTolerance];
  readonly slowLink: readonly [SlowLink, SlowLinkTolerance];
  readonly lossyLink: readonly [LossyLink, LossyLinkTolerance];
  readonly connectionReset: readonly [ConnectionReset, AnyTolerance];
  readonly slowDisk: readonly [SlowDisk, SlowDiskTolerance];
  readonly writeError: readonly [WriteError, AnyTolerance];
  readonly syncError: readonly [SyncError, AnyTolerance];
  readonly lyingSync: readonly [LyingSync, AnyTolerance];
  readonly corruption: readonly [Corruption, AnyTolerance];
  readonly misdirectedWrite: readonly [MisdirectedWrite, AnyTolerance];
  readonly staleRead: readonly [StaleRead, AnyTolerance];
  readonly control: readonly [Control, ControlTolerance];
  readonly clock: readonly [ClockFault, ClockTolerance];
}

/** The name of a kind: `crash`, `partition`, … */
export type FaultKind = keyof Kinds;
/**
 * A fault of any kind as plain data: `kind`, `at` (microseconds from the start of the run), and what the kind needs.
 */
export type Fault = Kinds[FaultKind][0];

/** Every kind. What heals first comes last: what a restarting process sends is not to be lost to a partition. */
const FAULT_TYPES: { readonly [K in FaultKind]: FaultType<Kinds[K][0], Kinds[K][1]> } = {
  crash,
  powerFailure,
  crashInWrite,
  permanentLoss,
  writeError,
  syncError,
  lyingSync,
  corruption,
  misdirectedWrite,
  staleRead,
  slowDisk,
  pause,
  slowNode,
  control,
  partition,
  majoritiesRing,
  flappingLink,
  slowLink,
  lossyLink,
  connectionReset,
  clock,
};

/** The kinds of fault under which a system claims its properties. What is absent is never generated for it. */
export type FaultTolerance = { readonly [K in FaultKind]?: Kinds[K][1] };

/** In the order of `FAULT_TYPES`. */
export const FAULT_KINDS = Object.keys(FAULT_TYPES) as readonly FaultKind[];

/** The type of a kind, without the types of its faults and its tolerance: each is only given its own. */
export const faultType = (kind: FaultKind): FaultType<Fault, unknown> => FAULT_TYPES[kind];

/** Begins `fault` now; the result ends it. */
export const beginFault = (world: World, fault: Fault): (() => void) => faultType(fault.kind).begin(world, fault);

/** How long a fault lasts, or null if it lasts until healing. */
export const durationOf = (fault: Fault): number | null => faultType(fault.kind).duration(fault);

/** All nodes that `fault` names. */
export function nodesOf(fault: Fault): readonly NodeId[] {
  const { servers = [], anywhere = [] } = faultType(fault.kind).names(fault);
  return [...servers, ...anywhere];
}

/** The fault with its symbolic nodes (`@head`) replaced by those that `find` names; undefined if one of them is nobody. */
export function resolve(fault: Fault, find: (target: string) => NodeId | undefined): Fault | undefined {
  const nobody: string[] = [];
  const found = (name: unknown): unknown => {
    if (Array.isArray(name)) return [...new Set(name.map(found))];
    if (typeof name !== 'string' || !name.startsWith('@')) return name;
    const node = find(name.slice(1));
    if (node === undefined) nobody.push(name);
    return node;
  };
  const resolved = Object.fromEntries(
    Object.entries(fault).map(([field, value]) => [field, NODE_FIELDS.includes(field) ? found(value) : value]),
  ) as unknown as Fault;
  return nobody.length > 0 ? undefined : resolved;
}

const NODE_FIELDS: readonly string[] = ['node', 'nodes', 'from', 'to', 'ring'];

export const isSymbolic = (fault: Fault): boolean => nodesOf(fault).some((name) => name.startsWith('@'));

/** `s1 crashes and restarts after 20 ms, keeping 50 % of its unsynced writes`. */
export const describeFault = (fault: Fault): string => faultType(fault.kind).describe(fault);
