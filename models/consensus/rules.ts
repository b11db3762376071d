/** The decisions on which the safety of Raft rests (Ongaro and Ousterhout, USENIX ATC 2014), so that a mutant can break one. */
import type { NodeId } from '../../framework/index.js';

/** What tells how complete a log is: the index and the term of its last entry. */
export interface LogEnd {
  readonly index: number;
  readonly term: number;
}

export interface ConsensusRules {
  /** What of the vote is written to disk before it is given (§5.1, Fig. 2: persistent state). */
  recordOfVote(vote: { readonly term: number; readonly votedFor: NodeId | null }): {
    readonly term: number;
    readonly votedFor: NodeId | null;
  };

  /** Whether an answer waits until the disk has all that was written before it (Fig. 2: before responding to RPCs). */
  awaitsDisk(kind: 'voted' | 'appended'): boolean;

  /** §5.4.1, election restriction: a candidate gets no vote from whoever has a more complete log. */
  mayVoteFor(logs: { readonly candidate: LogEnd; readonly own: LogEnd }): boolean;

  /**
   * §5.4.2: whether an entry that a majority has is committed by counting that majority. Only those of the leader's own term
   * are; older ones are committed with them.
   */
  isCommittedByCount(terms: { readonly entry: number; readonly leader: number }): boolean;

  /**
   * §5.3: whether a follower drops what it has beyond the entries of a message that agree with its log. Only if the next
   * one conflicts: messages overtake each other, and an older one must not undo what was acknowledged.
   */
  truncates(message: { readonly conflicts: boolean }): boolean;

  /** §8 of the paper, §6.4 of the thesis: whether a majority has confirmed the leader since `round` began. */
  isConfirmed(rounds: { readonly round: number; readonly confirmed: number }): boolean;
}

export const consensusRules: ConsensusRules = {
  recordOfVote: (vote) => vote,
  awaitsDisk: () => true,
  mayVoteFor: ({ candidate, own }) =>
    candidate.term > own.term || (candidate.term === own.term && candidate.index >= own.index),
  isCommittedByCount: ({ entry, leader }) => entry === leader,
  truncates: ({ conflicts }) => conflicts,
  isConfirmed: ({ round, confirmed }) => confirmed >= round,
};
