/** The handlers of the consensus, for a model to spread among its own. */
import type { NodeId } from '../../framework/index.js';
import { askForVotes, beginElection, countVote, onRequestVote, onVoted } from './election.js';
import type { ConsensusMessage } from './messages.js';
import { advanceCommit, onAppended, onAppendEntries, replicate } from './replication.js';
import type { ConsensusRules } from './rules.js';
import { flush, type Consensus, type ConsensusContext, type Environment } from './state.js';
import { REPEAT_MICROS } from './timing.js';

/**
 * `part` finds the consensus in the model's state; `after` is called at the end of each step, when something may have been
 * committed or confirmed, or this server may have begun or ceased to lead.
 */
export function consensusHandlers<S, C, Ctx extends ConsensusContext<C>>(model: {
  readonly part: (state: S) => Consensus<C>;
  readonly after: (state: S, ctx: Ctx) => void;
  readonly rules: ConsensusRules;
}) {
  const { part, after, rules } = model;
  const step = (state: S, ctx: Ctx, act: (consensus: Consensus<C>, environment: Environment<C>) => void): void => {
    const consensus = part(state);
    const environment = { ctx, rules };
    act(consensus, environment);
    flush(consensus, environment);
    after(state, ctx);
  };
  type Handle<M> = (consensus: Consensus<C>, message: M, from: NodeId, environment: Environment<C>) => void;
  const on =
    <K extends ConsensusMessage<C>['kind']>(_kind: K, handle: Handle<Extract<ConsensusMessage<C>, { kind: K }>>) =>
    (state: S, message: Extract<ConsensusMessage<C>, { kind: K }>, from: NodeId, ctx: Ctx): void => {
      step(state, ctx, (consensus, environment) => {
        handle(consensus, message, from, environment);
      });
    };
  return {
    on: {
      requestVote: on('requestVote', onRequestVote),
      voted: on('voted', onVoted),
      appendEntries: on('appendEntries', onAppendEntries),
      appended: on('appended', onAppended),
    },
    timers: {
      election: (state: S, ctx: Ctx): void => {
        step(state, ctx, beginElection);
      },
      repeat: (state: S, ctx: Ctx): void => {
        step(state, ctx, repeat);
      },
      durable: (state: S, ctx: Ctx, key: string): void => {
        step(state, ctx, (consensus, environment) => {
          onDurable(consensus, Number(key), environment);
        });
      },
    },
  };
}

/** Nobody may have heard: leaders and candidates ask again (§5.1: servers retry their calls). */
function repeat<C>(consensus: Consensus<C>, { ctx }: Environment<C>): void {
  if (consensus.role === 'leader') replicate(consensus, ctx);
  if (consensus.role !== 'candidate') return;
  askForVotes(consensus, ctx.self);
  ctx.setTimer('repeat', REPEAT_MICROS);
}

/** The first `n` syncs of this life are done: what waited for them is sent, and this server counts itself. */
function onDurable<C>(consensus: Consensus<C>, n: number, environment: Environment<C>): void {
  const { ctx, rules } = environment;
  for (let sync = consensus.syncs[0]; sync !== undefined && sync.n <= n; sync = consensus.syncs[0]) {
    consensus.syncs.shift();
    consensus.durable = Math.max(consensus.durable, sync.length);
    for (const { to, message } of sync.answers) ctx.send(to, message);
    if (sync.term === consensus.term && consensus.votedFor === ctx.self) countVote(consensus, ctx.self, environment);
  }
  advanceCommit(consensus, rules);
}
