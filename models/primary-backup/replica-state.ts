/** What a replica knows: its log and term, which its disk keeps, and the rest, which a crash takes. */
import { DiskError, type Context, type NodeId } from '../../framework/index.js';
import type { Configuration } from './configuration.js';
import { epochsOf } from './log.js';
import type { Level, LogRecord, Message } from './messages.js';
import type { Rules } from './rules.js';

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
  log: LogRecord[];
  /** How many records of the log are on disk. */
  durable: number;
  /** Grows with every cut of the log, by which the syncs of what was cut off are told from those of what came after. */
  cuts: number;
  /** How many records are known to be committed: the part of the log that reads may show. */
  committed: number;
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

export type ReplicaTimer = 'beat' | 'ship' | 'logged' | 'fenced' | 'crowned' | 'degrade' | 'degraded';
export type ReplicaContext = Context<Message, ReplicaTimer>;

/** What every handler of one system is given. */
export interface Setting {
  readonly configuration: Configuration;
  readonly rules: Rules;
}

export const FIRST_TERM = 1;

/** From the disk, or as at the very beginning if that is empty. Nobody is a primary after a restart. */
export function restoredState(ctx: ReplicaContext, firstPrimary: NodeId, rules: Rules): ReplicaState {
  const log = [...rules.restart(storedLog(ctx)).log];
  const term = ctx.disk.get<number>('term') ?? FIRST_TERM;
  return {
    term,
    promoted: ctx.disk.get<number>('promoted') ?? (ctx.self === firstPrimary ? FIRST_TERM : 0),
    log,
    durable: log.length,
    cuts: 0,
    committed: 0,
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

/** A record on disk: by its index, a log shows that nothing is missing. */
interface Stored extends LogRecord {
  readonly index: number;
}

/** The log up to the first gap: a sync that failed has lost what it covered, and perhaps nothing of what came after. */
function storedLog({ disk }: ReplicaContext): readonly LogRecord[] {
  const stored = disk.read<Stored>('log');
  const gap = stored.findIndex(({ index }, place) => index !== place);
  const whole = gap < 0 ? stored : stored.slice(0, gap);
  if (whole.length < stored.length) disk.truncate('log', whole.length);
  return whole.map(({ id, key, value, term }) => ({ id, key, value, term }));
}

/** Appends `record` to the log, and has it written. */
export function appendRecord(state: ReplicaState, record: LogRecord, { rules }: Setting, ctx: ReplicaContext): void {
  const index = state.log.push(record) - 1;
  try {
    ctx.disk.append('log', { ...record, index } satisfies Stored);
  } catch (error) {
    if (!(error instanceof DiskError && rules.goesOnAfter('write'))) throw error;
  }
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

/** Begins to make the log, as it is, durable. */
export function syncLog(state: ReplicaState, ctx: ReplicaContext): void {
  ctx.disk.sync('logged', `${state.cuts}/${state.log.length}`);
}

/** A sync is over: records that are still in the log are durable now. */
export function noteSynced(state: ReplicaState, key: string): void {
  const [cuts, length] = key.split('/').map(Number);
  if (cuts === state.cuts && length !== undefined) state.durable = Math.max(state.durable, length);
}

/**
 * The rewind (PostgreSQL: pg_rewind; MongoDB: rollback): records that are not the primary's are cut off and kept aside.
 * They are kept before they are cut, so that a crash in between leaves them in one place at least.
 */
export function rewind(state: ReplicaState, kept: number, ctx: ReplicaContext): void {
  const cutOff = state.log.slice(kept);
  if (cutOff.length === 0) return;
  for (const record of cutOff) {
    state.rewound.push(record);
    ctx.disk.append('rewound', record);
  }
  state.log.length = kept;
  state.durable = Math.min(state.durable, kept);
  // An asynchronous primary committed on its own what now turns out to be its alone. Synchronously this changes nothing.
  state.committed = Math.min(state.committed, kept);
  state.cuts++;
  ctx.disk.truncate('log', kept);
}

/** How many records this replica says it holds. */
export function heldBy({ log, durable }: ReplicaState, { rules }: Setting): number {
  return rules.held({ length: log.length, durable });
}

/** What a replica tells of itself at the end of a run. */
export interface ReplicaInspection {
  readonly kind: 'replica';
  readonly term: number;
  readonly serving: boolean;
  readonly log: readonly LogRecord[];
  readonly rewound: readonly LogRecord[];
  readonly modeChanges: readonly ModeChange[];
}

export function inspectReplica({ term, reign, log, rewound, modeChanges }: ReplicaState): ReplicaInspection {
  return { kind: 'replica', term, serving: reign !== null, log, rewound, modeChanges };
}

/** The log in short, for whoever compares it with another. */
export const epochs = ({ log }: ReplicaState) => epochsOf(log);
