/** What a replica holds in memory; its objects are on disk too. */
import type { Context, NodeId } from '../../framework/index.js';
import { headOf, memberOf, tailOf, type Configuration } from './configuration.js';
import type { Message } from './messages.js';
import { emptyObject, type Commit, type CraqObject, type Version } from './objects.js';

export type ReplicaTimer = 'heartbeat' | 'retransmit' | 'fetch' | 'persisted' | 'booted';
export type ReplicaContext = Context<Message, ReplicaTimer>;

export interface Write {
  readonly key: string;
  readonly version: Version;
}

/** What a replica that joins still needs. */
export interface Joining {
  /** The synced neighbours whose objects have not come yet. */
  readonly from: NodeId[];
  /** What their objects say is committed. It counts when all that they hold is on disk here. */
  readonly commits: Commit[];
}

export interface ReplicaState {
  /** Which of its lives this is, counted on disk. */
  readonly boot: number;
  configuration: Configuration;
  /** The configuration in which it joined: what it holds is from then on. */
  since: number;
  /** In the order in which they were first written here. All of it is on disk. */
  objects: CraqObject[];
  /** Versions accepted but not on disk yet, and how many of them the sync under way covers. */
  pending: Write[];
  syncing: number;
  joining: Joining | null;
  /** The configuration in which it got all that a member must have, or 0. */
  ready: number;
  /** What it held when it left the chain, until it has joined again. */
  left: readonly CraqObject[];
  /** The sending time, by its own clock, of the latest heartbeat that the coordinator answered with a lease. */
  leasedFrom: number | null;
  retransmitting: boolean;
  /** What it has done in this life, to tell that a run exercised it. */
  readonly counts: { cleanReads: number; versionQueries: number; overtakenQueries: number; propagated: number };
}

export const freshState = (boot: number, configuration: Configuration): ReplicaState => ({
  boot,
  configuration,
  since: configuration.number,
  objects: [],
  pending: [],
  syncing: 0,
  joining: null,
  ready: 0,
  left: [],
  leasedFrom: null,
  retransmitting: false,
  counts: { cleanReads: 0, versionQueries: 0, overtakenQueries: 0, propagated: 0 },
});

export const objectOf = ({ objects }: ReplicaState, key: string): CraqObject | undefined =>
  objects.find((object) => object.key === key);

/** The object to write to, made if there is none. */
export function ensureObject(replica: ReplicaState, key: string): CraqObject {
  const known = objectOf(replica, key);
  if (known !== undefined) return known;
  replica.objects.push(emptyObject(key));
  return replica.objects[replica.objects.length - 1] as CraqObject;
}

export const isTail = ({ configuration }: ReplicaState, self: NodeId): boolean =>
  tailOf(configuration)?.server === self;

export const isHead = ({ configuration }: ReplicaState, self: NodeId): boolean =>
  headOf(configuration)?.server === self;

/** Whether the coordinator counts it among those that have everything. */
export const isSynced = ({ configuration }: ReplicaState, self: NodeId): boolean =>
  memberOf(configuration, self)?.synced === true;
