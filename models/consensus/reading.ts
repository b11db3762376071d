/**
 * Reads without writing to the log, and without clocks (§8; Ongaro's thesis, §6.4, read index): a leader that has been
 * deposed may not know it. What it reads is not stale if a majority has answered it in its term since the read was asked for.
 */
import { replicate } from './replication.js';
import { majority, others, type Consensus, type ConsensusContext } from './state.js';

/** Begins to ask whether this leader still leads. Returns the round; `confirmedRound` will reach it if it does. */
export function startConfirmation<C>(consensus: Consensus<C>, ctx: ConsensusContext<C>): number {
  consensus.round++;
  replicate(consensus, ctx);
  return consensus.round;
}

/** The latest round that a majority, this leader included, has answered in its term. */
export function confirmedRound<C>(consensus: Consensus<C>, self: string): number {
  const { peers, round } = consensus;
  const rounds = others(consensus, self).map((member) => peers[member]?.round ?? 0);
  return [round, ...rounds].sort((one, other) => other - one)[majority(consensus) - 1] ?? 0;
}

/**
 * What must have been applied before a read that is asked for now: all that any leader up to now may have committed. A new
 * leader does not know how much that is before its own first entry is committed, so it waits for that.
 */
export const readIndex = <C>({ commitIndex, termStart }: Consensus<C>): number => Math.max(commitIndex, termStart);
