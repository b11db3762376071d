/**
 * A client of CORFU (§3): nearly all of the protocol is here. An operation is a sequence of rounds; a round that is refused,
 * or not answered, leads to a reconfiguration, after which the operation begins again where that is safe.
 */
import { client, type ClientRole, type NodeId } from '../../framework/index.js';
import { advance, begin } from './operations.js';
import { ask, send, type ClientSetting, type ClientState, type Timer, type UserContext } from './client-state.js';
import type { Message, Operation } from './messages.js';
import { afterLayout, afterRefusal, reconfigured, sealedEnough } from './reconfiguration.js';
import { initialProjection } from './projection.js';
import { ATTEMPTS_MAX, PATIENCE_MICROS } from './timing.js';

export function corfuClient(units: readonly NodeId[], setting: ClientSetting): ClientRole<Message, Operation> {
  /** Notes an answer to the open round; goes on when there are enough. */
  const onAnswer = (
    state: ClientState,
    message: Extract<Message, { readonly round: number }>,
    from: NodeId,
    ctx: UserContext,
  ): void => {
    const { round } = state;
    if (round?.number !== message.round || !round.to.includes(from)) return;
    if (round.answers.some((one) => one.from === from)) return;
    if (message.kind === 'refused') {
      afterRefusal(state, ctx, setting);
      return;
    }
    round.answers.push({ from, message });
    if (!isComplete(state, setting)) return;
    ctx.cancelTimer('retry');
    const { step } = round;
    if (step.kind === 'seal') sealedEnough(state, ctx, setting);
    else if (message.kind !== 'projection') advance(state, ctx, setting);
    else if (step.kind === 'layout') afterLayout(state, step.because, message.projection, ctx, setting);
    else reconfigured(state, message.projection, ctx, setting);
  };
  return client<ClientState, Message, Operation, Timer>({
    init: () => ({
      operations: 0,
      rounds: 0,
      projection: initialProjection(units, setting.sequencers[0] ?? ''),
      next: 0,
      task: null,
      round: null,
    }),
    invoke(state, operation, ctx) {
      state.operations++;
      state.task = {
        operation,
        nonce: `r${ctx.process}.${state.operations}`,
        position: null,
        scan: null,
        copied: 0,
        refusals: 0,
      };
      ctx.setTimer('deadline', PATIENCE_MICROS);
      begin(state, ctx, setting);
    },
    on: {
      position: onAnswer,
      longest: onAnswer,
      looked: onAnswer,
      stored: onAnswer,
      pages: onAnswer,
      sealed: onAnswer,
      stopped: onAnswer,
      refused: onAnswer,
      projection: onAnswer,
    },
    timers: {
      retry(state, ctx) {
        const { round } = state;
        if (round === null) return;
        const { kind } = round.step;
        if (round.attempts < ATTEMPTS_MAX || kind === 'layout' || kind === 'propose') send(state, ctx);
        else if (kind === 'seal') sealedEnough(state, ctx, setting);
        else ask(state, { kind: 'layout', because: 'silence' }, ctx, setting);
      },
      pause: (state, ctx) => ask(state, { kind: 'layout', because: 'refused' }, ctx, setting),
      deadline: giveUp,
    },
  });
}

function isComplete({ round, projection, task }: ClientState, { rules }: ClientSetting): boolean {
  if (round === null) return false;
  const answered = round.answers.map(({ from }) => from);
  const isRead = task?.operation.kind === 'read' || task?.operation.kind === 'follow';
  if (round.step.kind !== 'look' || !isRead) return answered.length === round.to.length;
  return rules.isReadComplete({ answered, replicas: round.to, tail: projection.chain.at(-1) ?? '' });
}

/** What a client has not written anywhere has no effect, and never will. */
function giveUp(state: ClientState, ctx: UserContext): void {
  const { task } = state;
  if (task === null) return;
  state.task = null;
  state.round = null;
  ctx.cancelTimer('retry');
  ctx.cancelTimer('pause');
  const { kind } = task.operation;
  if (task.position !== null || kind === 'fill' || kind === 'trim') ctx.info('no answer in time');
  else ctx.fail('no answer in time');
}
