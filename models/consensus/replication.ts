/** Log replication and commitment (§5.3, §5.4.2). */
import type { NodeId } from '../../framework/index.js';
import type { AppendEntries, ConsensusMessage } from './messages.js';
import type { ConsensusRules } from './rules.js';
import { answer, append, flush, majority, others, termAt, truncate } from './state.js';
import type { Consensus, ConsensusContext, Environment } from './state.js';
import { becomeFollower, seeTerm, start } from './term.js';
import { REPEAT_MICROS } from './timing.js';

/** A leader takes a command into its log. Returns its index; null from whoever does not lead. */
export function propose<C>(consensus: Consensus<C>, command: C, environment: Environment<C>): number | null {
  if (consensus.role !== 'leader') return null;
  append(consensus, { term: consensus.term, command }, environment.ctx);
  replicate(consensus, environment.ctx);
  flush(consensus, environment);
  return consensus.log.length;
}

/** To each follower: what it lacks, as far as is known; and that there is a leader. Repeated until it is answered, and after. */
export function replicate<C>(consensus: Consensus<C>, ctx: ConsensusContext<C>): void {
  for (const member of others(consensus, ctx.self)) replicateTo(consensus, member, ctx);
  ctx.setTimer('repeat', REPEAT_MICROS);
}

/** A leader need not wait for its own disk: it counts itself when that is done. */
function replicateTo<C>(consensus: Consensus<C>, member: NodeId, ctx: ConsensusContext<C>): void {
  const { term, log, commitIndex, round } = consensus;
  const previousIndex = (consensus.peers[member]?.next ?? 1) - 1;
  const end = ctx.maybe('one-entry-a-message') ? previousIndex + 1 : log.length;
  const message: AppendEntries<C> = {
    kind: 'appendEntries',
    term,
    previousIndex,
    previousTerm: termAt(consensus, previousIndex) ?? 0,
    entries: log.slice(previousIndex, end),
    commitIndex,
    round,
  };
  ctx.send(member, message);
}

/** Fig. 2, AppendEntries. */
export function onAppendEntries<C>(
  consensus: Consensus<C>,
  message: AppendEntries<C>,
  from: NodeId,
  environment: Environment<C>,
): void {
  const { ctx } = environment;
  const { previousIndex, previousTerm, entries, round } = message;
  seeTerm(consensus, message.term, environment);
  const { term } = consensus;
  if (message.term < term) {
    answer(consensus, from, { kind: 'appended', term, success: false, upTo: 0, round: 0 });
    return;
  }
  becomeFollower(consensus, from, ctx);
  start(ctx);
  if (termAt(consensus, previousIndex) !== previousTerm) {
    const upTo = beforeConflict(consensus, previousIndex);
    answer(consensus, from, { kind: 'appended', term, success: false, upTo, round });
    return;
  }
  takeEntries(consensus, message, environment);
  const covered = previousIndex + entries.length;
  consensus.commitIndex = Math.max(consensus.commitIndex, Math.min(message.commitIndex, covered));
  // What else is there may differ from the leader's log.
  answer(consensus, from, { kind: 'appended', term, success: true, upTo: covered, round });
}

function takeEntries<C>(
  consensus: Consensus<C>,
  { previousIndex, entries }: AppendEntries<C>,
  { ctx, rules }: Environment<C>,
): void {
  let agreed = 0;
  while (agreed < entries.length && termAt(consensus, previousIndex + agreed + 1) === entries[agreed]?.term) agreed++;
  const length = previousIndex + agreed;
  const beyond = consensus.log.length > length;
  if (beyond && rules.truncates({ conflicts: agreed < entries.length })) truncate(consensus, length, ctx);
  for (const entry of entries.slice(agreed)) append(consensus, entry, ctx);
}

/** Where the leader should try: before the entries of the term that does not fit (end of §5.3), or at the end of this log. */
function beforeConflict<C>(consensus: Consensus<C>, previousIndex: number): number {
  const { log } = consensus;
  if (log.length < previousIndex) return log.length;
  let upTo = previousIndex - 1;
  while (upTo > 0 && termAt(consensus, upTo) === termAt(consensus, previousIndex)) upTo--;
  return upTo;
}

export function onAppended<C>(
  consensus: Consensus<C>,
  { term, success, upTo, round }: Extract<ConsensusMessage<C>, { kind: 'appended' }>,
  from: NodeId,
  environment: Environment<C>,
): void {
  seeTerm(consensus, term, environment);
  const peer = consensus.peers[from];
  if (consensus.role !== 'leader' || term !== consensus.term || peer === undefined) return;
  peer.round = Math.max(peer.round, round);
  if (success) {
    if (upTo <= peer.match) return;
    peer.match = upTo;
    peer.next = Math.max(peer.next, upTo + 1);
    advanceCommit(consensus, environment.rules);
    if (peer.next <= consensus.log.length) replicateTo(consensus, from, environment.ctx);
    return;
  }
  // A refusal that was overtaken by a later answer must not lead back behind it.
  const next = Math.max(peer.match, Math.min(upTo, peer.next - 1)) + 1;
  if (next >= peer.next) return;
  peer.next = next;
  replicateTo(consensus, from, environment.ctx);
}

/** What a majority has on disk, this leader's own disk included, is committed if its last entry is of this term. */
export function advanceCommit<C>(consensus: Consensus<C>, rules: ConsensusRules): void {
  const { role, members, peers, durable, term } = consensus;
  if (role !== 'leader') return;
  const lengths = members.map((member) => peers[member]?.match ?? durable).sort((one, other) => other - one);
  const index = lengths[majority(consensus) - 1] ?? 0;
  const entry = termAt(consensus, index);
  if (index <= consensus.commitIndex || entry === undefined) return;
  if (rules.isCommittedByCount({ entry, leader: term })) consensus.commitIndex = index;
}
