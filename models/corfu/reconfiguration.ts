/**
 * Reconfiguration by a client (§2.3.1, §3): seal those of the present projection, so that nothing can be acknowledged in its
 * epoch any more; propose the next one to the auxiliary; go on with whichever was decided.
 */
import { ask, send, type ClientSetting, type ClientState, type UserContext } from './client-state.js';
import { resume } from './operations.js';
import { isSealed, nobodySealed, noteSealed, successor, type Projection } from './projection.js';
import { PAUSE_MICROS } from './timing.js';

/** The epoch is over, or about to be. */
export function afterRefusal(state: ClientState, ctx: UserContext, setting: ClientSetting): void {
  ask(state, { kind: 'layout', because: 'refused' }, ctx, setting);
}

export function afterLayout(
  state: ClientState,
  because: 'refused' | 'silence',
  projection: Projection,
  ctx: UserContext,
  setting: ClientSetting,
): void {
  const { task } = state;
  if (projection.epoch > state.projection.epoch) {
    reconfigured(state, projection, ctx, setting);
    return;
  }
  if (because === 'refused' && task?.refusals === 0) {
    // Somebody else is about it, who may be quicker.
    task.refusals++;
    state.round = null;
    ctx.setTimer('pause', PAUSE_MICROS);
    return;
  }
  ask(state, { kind: 'seal', sealed: nobodySealed() }, ctx, setting);
}

/** All have answered, or those that have not are taken to have failed. */
export function sealedEnough(state: ClientState, ctx: UserContext, setting: ClientSetting): void {
  const { round } = state;
  if (round?.step.kind !== 'seal') return;
  const { sealed } = round.step;
  for (const { from, message } of round.answers)
    if (!isSealed(sealed, from) && (message.kind === 'sealed' || message.kind === 'stopped'))
      noteSealed(sealed, from, message);
  const projection = successor(state.projection, sealed, null);
  if (projection === undefined) send(state, ctx);
  else ask(state, { kind: 'propose', projection }, ctx, setting);
}

export function reconfigured(
  state: ClientState,
  projection: Projection,
  ctx: UserContext,
  setting: ClientSetting,
): void {
  if (projection.epoch > state.projection.epoch) state.projection = projection;
  if (state.task !== null) state.task.refusals = 0;
  resume(state, ctx, setting);
}
