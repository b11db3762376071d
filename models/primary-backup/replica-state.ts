/** What a replica knows: its log and term, which its disk keeps, and the rest, which a crash takes. */
import type { Context, NodeId } from '../../framework/index.js';
import type { Configuration } from './configuration.js';
import { epochsOf, valueOf } from './log.js';
import type { Level, LogRecord, Message, Store } from './messages.js';
import type { Rules } from './rules.js';
import { lengthOf, readStorage } from './storage.js';
import { recordsOf, versionOf } from './store.js';

/** A backup, as its primary sees it. */
export interface Follower {
  readonly node: NodeId;
  /** The length of its log as last heard: what to send from. Null until it has joined this term. */
  position: number | null;
  /** The most it has ever said, in this term, to have on disk. */
  acked: number;
  /** The end of what has been sent to it. */
  shipped: number;
  /** When it was last heard of, on the primary's clock. */
  heardAt: number;
}

/** A client that waits for its write, at `index`, to be acknowledged. */
export interface Waiting {
  readonly id: string;
  readonly client: NodeId;
  readonly index: number;
}

/** What only a primary has, in one term. */
export interface Reign {
  /** The length of the log at promotion: some of it may be acknowledged without this primary knowing. */
  readonly inherited: number;
  leaseUntil: number | null;
  followers: Follower[];
  waiting: Waiting[];
  /** The in-sync set as the monitor last confirmed it, its version, and the set asked for, if any. */
  inSync: NodeId[];
  version: number;
  asked: NodeId[] | null;
  /** Semi-synchronous only: whether writes wait for a backup. A degradation is on disk before it takes effect. */
  mode: 'synchronous' | 'degrading' | 'degraded';
  /** How many records had a second copy when the time-out for the others was set; null while it is not. */
  watched: number | null;
}

/** A semi-synchronous primary degraded, or returned, at a moment of its clock. */
export interface ModeChange {
  readonly term: number;
  readonly at: number;
  readonly to: 'degraded' | 'synchronous';
}

export interface ReplicaState {
  /** The highest term heard of: messages of lower ones are refused. */
  term: number;
  /** The highest term in which this replica was promoted. */
  promoted: number;
  /** What the first records have made: those that no failover can take back, up to the last checkpoint. */
  store: Store;
  /** The records that follow what is applied. Indices and lengths count from the first record ever. */
  log: LogRecord[];
  /** How many checkpoints there have been, and how many of them came from a primary. */
  generation: number;
  installs: number;
  /** Whether the last checkpoint is still being written. */
  checkpointing: boolean;
  /** How many records are on disk. */
  durable: number;
  /** Grows with every cut of the log, by which the syncs of what was cut off are told from those of what came after. */
  cuts: number;
  /** How many records are known to be committed: the part of the log that reads may show. */
  committed: number;
  /** How many records are known to be safe from any failover. */
  stable: number;
  /** What this replica cut off its log because the primary did not have it, kept for the operator (MongoDB: rollback files). */
  rewound: LogRecord[];
  /** Every degradation and return of this replica's reigns, as its disk keeps them for the operator. */
  modeChanges: ModeChange[];
  /** The primary of `term`, once known. */
  primary: NodeId | null;
  /** Whether the log has been cut to what it has in common with the primary of `term`. */
  joined: boolean;
  joinAskedAt: number | null;
  level: Level | null;
  /** A promotion that is being written to disk. */
  promotion: { readonly term: number; readonly inSync: NodeId[]; readonly version: number } | null;
  reign: Reign | null;
}

export type ReplicaTimer = 'beat' | 'ship' | 'logged' | 'fenced' | 'crowned' | 'degrade' | 'degraded' | 'checkpointed';
export type ReplicaContext = Context<Message, ReplicaTimer>;

/** What every handler of one system is given. */
export interface Setting {
  readonly configuration: Configuration;
  readonly rules: Rules;
}

export const FIRST_TERM = 1;

/** From the disk, or as at the very beginning if that is empty. Nobody is a primary after a restart. */
export function restoredState(ctx: ReplicaContext, firstPrimary: NodeId, rules: Rules): ReplicaState {
  const { generation, installs, ...onDisk } = readStorage(ctx);
  const { store, log } = rules.restart(onDisk);
  return {
    term: ctx.disk.get<number>('term') ?? FIRST_TERM,
    promoted: ctx.disk.get<number>('promoted') ?? (ctx.self === firstPrimary ? FIRST_TERM : 0),
    store,
    log: [...log],
    generation,
    installs,
    checkpointing: false,
    durable: lengthOf({ store, log: [...log] }),
    cuts: 0,
    committed: store.applied,
    stable: store.applied,
    rewound: ctx.disk.read<LogRecord>('rewound'),
    modeChanges: ctx.disk.read<ModeChange>('mode-changes'),
    primary: null,
    joined: false,
    joinAskedAt: null,
    level: null,
    promotion: null,
    reign: null,
  };
}

/** Hearing of a higher term ends everything that belonged to the old one; whoever was its primary is none any more. */
export function learnTerm(state: ReplicaState, term: number, ctx: ReplicaContext): void {
  if (term <= state.term) return;
  // All that this replica acknowledged as a primary, it holds: until now it was level with itself.
  if (state.reign !== null) state.level = { term: state.term, at: ctx.now() };
  state.term = term;
  ctx.disk.set('term', term);
  state.primary = null;
  state.joined = false;
  state.joinAskedAt = null;
  state.promotion = null;
  state.reign = null;
}

/** How many records this replica says it holds. */
export function heldBy(state: ReplicaState, { rules }: Setting): number {
  return rules.held({ length: lengthOf(state), durable: state.durable });
}

/** What a replica tells of itself at the end of a run. */
export interface ReplicaInspection {
  readonly kind: 'replica';
  readonly term: number;
  readonly serving: boolean;
  /** Every record, applied or not. */
  readonly log: readonly LogRecord[];
  readonly rewound: readonly LogRecord[];
  readonly checkpoints: number;
  readonly installs: number;
  readonly modeChanges: readonly ModeChange[];
}

export function inspectReplica(state: ReplicaState): ReplicaInspection {
  const { term, reign, store, log, rewound, generation, installs, modeChanges } = state;
  return {
    kind: 'replica',
    term,
    serving: reign !== null,
    log: [...recordsOf(store), ...log],
    rewound,
    checkpoints: generation,
    installs,
    modeChanges,
  };
}

/** The log in short, for whoever compares it with another. */
export const epochs = ({ store, log }: ReplicaState) => epochsOf(log, store);

/** The value of `key` after the first `length` records; null if none of them wrote it. */
export function valueAt({ store, log }: ReplicaState, length: number, key: string): number | null {
  return valueOf(log, length - store.applied, key) ?? versionOf(store, length, key);
}
