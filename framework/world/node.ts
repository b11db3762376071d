/** One node as the world keeps it: behaviour, state, clock, disk, timers, and what is waiting for it. */
import { Clock } from './clock.js';
import { DiskImage } from './disk.js';
import type { WorldEvent } from './event.js';
import type { Behaviour, ErasedHandler, NodeId } from './protocol.js';

export interface WorldNode {
  readonly name: NodeId;
  readonly index: number;
  readonly nameHash: number;
  readonly behaviour: Behaviour;
  readonly isClient: boolean;
  readonly clock: Clock;
  readonly disk: DiskImage;
  /** Pending timers by `timer` or `timer key`. */
  readonly timers: Map<string, WorldEvent>;
  /** The handlers by number of message kind, filled in as kinds arrive: an index costs less than a name. */
  readonly handlers: (ErasedHandler | undefined)[];
  /** What arrived during a pause, in order. */
  inbox: WorldEvent[];
  /** Undefined while the node is down. */
  state: unknown;
  up: boolean;
  /** Number of pauses in force. */
  pauses: number;
  /** Number of crashes in force. */
  crashes: number;
  /** Whether the process ended by itself because its disk failed it: one of its crashes, undone when the disk works. */
  panicked: boolean;
  /** How long each step takes it, and until when it is busy with the last one: 0 while it is not slow. */
  stepMicros: number;
  busyUntil: number;
  /** Until when it is occupied by the messages that have arrived, where messages take time. */
  servedUntil: number;
  /** How much longer each sync takes. */
  diskExtraMicros: number;
  /** Grows with each restart (of a client: with each replacement). Timers and syncs of an older one never fire. */
  incarnation: number;
  /** The number of a client's current process; -1 for a server. */
  process: number;
  syncs: number;
  syncedAt: number;
  context: unknown;
}

export function makeNode(options: {
  readonly name: NodeId;
  readonly index: number;
  readonly nameHash: number;
  readonly behaviour: Behaviour;
  readonly isClient: boolean;
}): WorldNode {
  const { name, index, nameHash, behaviour, isClient } = options;
  const disk = new DiskImage();
  disk.checksums = behaviour.checksums;
  return {
    name,
    index,
    nameHash,
    behaviour,
    isClient,
    clock: new Clock(),
    disk,
    timers: new Map(),
    handlers: [],
    inbox: [],
    state: undefined,
    up: true,
    pauses: 0,
    crashes: 0,
    panicked: false,
    stepMicros: 0,
    busyUntil: 0,
    servedUntil: 0,
    diskExtraMicros: 0,
    incarnation: 0,
    process: -1,
    syncs: 0,
    syncedAt: 0,
    context: undefined,
  };
}
