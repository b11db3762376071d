/** Leader election (§5.2, §5.4.1): who hears of no leader asks for the votes of a new term; a majority makes a leader. */
import type { NodeId } from '../../framework/index.js';
import type { ConsensusMessage } from './messages.js';
import { advanceCommit, replicate } from './replication.js';
import { answer, append, lastTerm, majority, others, setVote, type Consensus, type Environment } from './state.js';
import { seeTerm, start } from './term.js';
import { REPEAT_MICROS } from './timing.js';

/** No leader was heard of, or an election had no winner: a new term. The vote for oneself counts when it is on disk. */
export function beginElection<C>(consensus: Consensus<C>, environment: Environment<C>): void {
  if (consensus.role === 'leader') return;
  const { ctx } = environment;
  consensus.role = 'candidate';
  consensus.leader = null;
  consensus.votes = [];
  consensus.counts.elections++;
  setVote(consensus, { term: consensus.term + 1, votedFor: ctx.self }, environment);
  askForVotes(consensus, ctx.self);
  start(ctx);
  ctx.setTimer('repeat', REPEAT_MICROS);
}

/** Asks whoever has not voted yet. That the term is on disk before anybody hears of it is why it is asked as one answers. */
export function askForVotes<C>(consensus: Consensus<C>, self: NodeId): void {
  const { term, log, votes } = consensus;
  const message = { kind: 'requestVote', term, lastIndex: log.length, lastTerm: lastTerm(consensus) } as const;
  for (const member of others(consensus, self)) if (!votes.includes(member)) answer(consensus, member, message);
}

/** One vote a term, and none for a log that lacks something (Fig. 2, RequestVote). */
export function onRequestVote<C>(
  consensus: Consensus<C>,
  message: Extract<ConsensusMessage<C>, { kind: 'requestVote' }>,
  from: NodeId,
  environment: Environment<C>,
): void {
  const { ctx, rules } = environment;
  seeTerm(consensus, message.term, environment);
  const { term, votedFor, log } = consensus;
  const candidate = { index: message.lastIndex, term: message.lastTerm };
  const own = { index: log.length, term: lastTerm(consensus) };
  const isFree = votedFor === null || votedFor === from;
  const granted = message.term === term && isFree && rules.mayVoteFor({ candidate, own });
  if (granted) {
    if (votedFor === null) setVote(consensus, { term, votedFor: from }, environment);
    start(ctx);
  }
  answer(consensus, from, { kind: 'voted', term, granted });
}

export function onVoted<C>(
  consensus: Consensus<C>,
  { term, granted }: Extract<ConsensusMessage<C>, { kind: 'voted' }>,
  from: NodeId,
  environment: Environment<C>,
): void {
  seeTerm(consensus, term, environment);
  if (granted && term === consensus.term) countVote(consensus, from, environment);
}

export function countVote<C>(consensus: Consensus<C>, from: NodeId, environment: Environment<C>): void {
  if (consensus.role !== 'candidate' || consensus.votes.includes(from)) return;
  consensus.votes.push(from);
  if (consensus.votes.length >= majority(consensus)) lead(consensus, environment);
}

/** Elected: begins with an entry of its own term, without which it could not commit, nor know, what is there (§8). */
function lead<C>(consensus: Consensus<C>, environment: Environment<C>): void {
  const { ctx } = environment;
  consensus.role = 'leader';
  consensus.leader = ctx.self;
  consensus.round = 0;
  consensus.peers = {};
  for (const member of others(consensus, ctx.self))
    consensus.peers[member] = { next: consensus.log.length + 1, match: 0, round: 0 };
  append(consensus, { term: consensus.term, command: null }, ctx);
  consensus.termStart = consensus.log.length;
  ctx.cancelTimer('election');
  replicate(consensus, ctx);
  advanceCommit(consensus, environment.rules);
}
