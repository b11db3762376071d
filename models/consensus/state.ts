/**
 * What a server of the consensus knows (Fig. 2), as plain data, and how it gets to the disk. Indices count from 1, as in
 * the paper. Whatever is promised to others waits until the writes before it are durable: see `flush`.
 */
import type { Context, NodeId } from '../../framework/index.js';
import type { ConsensusMessage } from './messages.js';
import type { ConsensusRules } from './rules.js';

/** One entry of the log; without a command it is the no-op with which each leader begins (§8). */
export interface LogEntry<Command> {
  readonly term: number;
  readonly command: Command | null;
}

/** What a leader knows of another server. */
interface Peer {
  /** The index of the next entry to send, and of the last one that is known to be there. */
  next: number;
  match: number;
  /** The latest round that it has answered. */
  round: number;
}

/** Writes under way to the disk: what they hold, and the answers that wait for them. */
interface Sync<Command> {
  readonly n: number;
  readonly term: number;
  /** How much of the present log is durable when it is done. */
  length: number;
  readonly answers: Answer<Command>[];
}

interface Answer<Command> {
  readonly to: NodeId;
  readonly message: ConsensusMessage<Command>;
}

export interface Consensus<Command> {
  readonly members: readonly NodeId[];
  /** Persistent: the latest term known, who got this server's vote in it, and the log. */
  term: number;
  votedFor: NodeId | null;
  log: LogEntry<Command>[];
  role: 'follower' | 'candidate' | 'leader';
  /** Who leads this term, if that is known. */
  leader: NodeId | null;
  /** Of a candidate: who has voted for it. */
  votes: NodeId[];
  /** How many entries are known to be committed, how many were taken, and how many are on this disk. */
  commitIndex: number;
  taken: number;
  durable: number;
  /** Of a leader. */
  peers: Record<NodeId, Peer>;
  /** Of a leader: the latest confirmation asked for, and the index of its no-op. */
  round: number;
  termStart: number;
  syncs: Sync<Command>[];
  syncCount: number;
  /** Written to since the last sync began; answers that the present step has given. */
  dirty: boolean;
  outbox: Answer<Command>[];
  /** What happened in this life. */
  readonly counts: { elections: number; truncations: number };
}

export type ConsensusTimer = 'election' | 'repeat' | 'durable';

/** What the functions of this folder need of the context of the model that they are part of. */
export type ConsensusContext<Command> = Context<ConsensusMessage<Command>, ConsensusTimer>;

export interface Environment<Command> {
  readonly ctx: ConsensusContext<Command>;
  readonly rules: ConsensusRules;
}

const LOG = 'consensus';
const VOTE = 'vote';

interface Vote {
  readonly term: number;
  readonly votedFor: NodeId | null;
}

export function freshConsensus<Command>(members: readonly NodeId[]): Consensus<Command> {
  return {
    members,
    term: 0,
    votedFor: null,
    log: [],
    role: 'follower',
    leader: null,
    votes: [],
    commitIndex: 0,
    taken: 0,
    durable: 0,
    peers: {},
    round: 0,
    termStart: 0,
    syncs: [],
    syncCount: 0,
    dirty: false,
    outbox: [],
    counts: { elections: 0, truncations: 0 },
  };
}

/** After a restart: term, vote and log as the disk has them. What is committed is learnt again from a leader. */
export function recoveredConsensus<Command>(
  members: readonly NodeId[],
  ctx: ConsensusContext<Command>,
): Consensus<Command> {
  const { term, votedFor } = ctx.disk.get<Vote>(VOTE) ?? { term: 0, votedFor: null };
  const log = ctx.disk.read<LogEntry<Command>>(LOG);
  return { ...freshConsensus<Command>(members), term, votedFor, log, durable: log.length };
}

export const lastTerm = <C>({ log }: Consensus<C>): number => log.at(-1)?.term ?? 0;

/** The term of the entry at `index`, 0 before the first, undefined beyond the end. */
export const termAt = <C>({ log }: Consensus<C>, index: number): number | undefined =>
  index === 0 ? 0 : log[index - 1]?.term;

/** How many servers are more than half of them. */
export const majority = ({ members }: { readonly members: readonly NodeId[] }): number =>
  Math.floor(members.length / 2) + 1;

export const others = <C>({ members }: Consensus<C>, self: NodeId): readonly NodeId[] =>
  members.filter((member) => member !== self);

export function setVote<C>(consensus: Consensus<C>, vote: Vote, { ctx, rules }: Environment<C>): void {
  consensus.term = vote.term;
  consensus.votedFor = vote.votedFor;
  ctx.disk.set(VOTE, rules.recordOfVote(vote));
  consensus.dirty = true;
}

export function append<C>(consensus: Consensus<C>, entry: LogEntry<C>, ctx: ConsensusContext<C>): void {
  consensus.log.push(entry);
  ctx.disk.append(LOG, entry);
  consensus.dirty = true;
}

/** Keeps the first `length` entries. What a sync under way says of the others no longer counts. */
export function truncate<C>(consensus: Consensus<C>, length: number, ctx: ConsensusContext<C>): void {
  consensus.log.length = length;
  consensus.durable = Math.min(consensus.durable, length);
  for (const sync of consensus.syncs) sync.length = Math.min(sync.length, length);
  ctx.disk.truncate(LOG, length);
  consensus.dirty = true;
  consensus.counts.truncations++;
}

/** An answer promises something, so it leaves when all that was written before it is durable. */
export function answer<C>(consensus: Consensus<C>, to: NodeId, message: ConsensusMessage<C>): void {
  consensus.outbox.push({ to, message });
}

/** Ends a step: begins a sync if there is something to write, and sends the answers that have nothing to wait for. */
export function flush<C>(consensus: Consensus<C>, { ctx, rules }: Environment<C>): void {
  const { dirty, outbox, syncs, term, log } = consensus;
  if (dirty) {
    const n = ++consensus.syncCount;
    syncs.push({ n, term, length: log.length, answers: [] });
    ctx.disk.sync('durable', String(n));
    consensus.dirty = false;
  }
  if (outbox.length === 0) return;
  consensus.outbox = [];
  const last = syncs.at(-1);
  for (const one of outbox) {
    const { kind } = one.message;
    const waits = kind === 'voted' || kind === 'appended' ? rules.awaitsDisk(kind) : true;
    if (last !== undefined && waits) last.answers.push(one);
    else ctx.send(one.to, one.message);
  }
}

/** A committed command and its place. */
export interface Committed<Command> {
  readonly index: number;
  readonly command: Command;
}

/** The commands that were committed since the last call, in order: each once in a life, all of them again in the next. */
export function takeCommitted<C>(consensus: Consensus<C>): readonly Committed<C>[] {
  const taken: Committed<C>[] = [];
  while (consensus.taken < consensus.commitIndex) {
    const command = consensus.log[consensus.taken]?.command ?? null;
    consensus.taken++;
    if (command !== null) taken.push({ index: consensus.taken, command });
  }
  return taken;
}
