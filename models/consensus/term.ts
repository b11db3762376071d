/** Terms (§5.1): whoever hears of a later one has no say in the present one. */
import type { NodeId } from '../../framework/index.js';
import { setVote, type Consensus, type ConsensusContext, type Environment } from './state.js';
import { ELECTION_MICROS_MAX, ELECTION_MICROS_MIN } from './timing.js';

/** From now on, waits for a leader; after a boot and a restart alike. */
export function start<C>(ctx: ConsensusContext<C>): void {
  ctx.setTimer('election', ctx.random.between(ELECTION_MICROS_MIN, ELECTION_MICROS_MAX));
}

export function seeTerm<C>(consensus: Consensus<C>, term: number, environment: Environment<C>): void {
  if (term <= consensus.term) return;
  setVote(consensus, { term, votedFor: null }, environment);
  becomeFollower(consensus, null, environment.ctx);
}

export function becomeFollower<C>(consensus: Consensus<C>, leader: NodeId | null, ctx: ConsensusContext<C>): void {
  if (consensus.role !== 'follower') {
    ctx.cancelTimer('repeat');
    start(ctx);
  }
  consensus.role = 'follower';
  consensus.leader = leader;
}
