/**
 * A client asks one service, over a connection that keeps order and doubles nothing, and after a while the other, under the
 * same id. A command that was asked for once only, and refused, has not happened and will not; if it was asked for more
 * than once, an earlier request may still be under way.
 */
import { client, type ClientContext, type NodeId } from '../../../framework/index.js';
import type { Message } from './messages.js';
import { SERVICES } from './nodes.js';
import { isCommand, type Operation } from './operations.js';
import { patienceMicros, requestsMax } from './timing.js';

interface Open {
  readonly id: string;
  readonly operation: Operation;
  at: NodeId;
  requests: number;
}

interface ClientState {
  asked: number;
  open: Open | null;
}

type Ctx = ClientContext<Message, 'patience'>;

function ask(open: Open, ctx: Ctx): void {
  open.requests++;
  ctx.send(open.at, { kind: 'request', id: open.id, request: open.operation });
  ctx.setTimer('patience', patienceMicros);
}

export const NO_ANSWER = 'no answer';

export const aggregatesClient = client<ClientState, Message, Operation, 'patience'>({
  init: () => ({ asked: 0, open: null }),
  invoke(state, operation, ctx) {
    state.asked++;
    const id = `r${ctx.process}.${state.asked}`;
    state.open = { id, operation, at: ctx.random.pick(SERVICES), requests: 0 };
    ask(state.open, ctx);
  },
  on: {
    answer(state, { id, result }, _from, ctx) {
      const { open } = state;
      if (open?.id !== id) return;
      state.open = null;
      ctx.cancelTimer('patience');
      const isNegative = 'refused' in result || 'failed' in result;
      if (isNegative && open.requests > 1) ctx.info('refused, but asked for more than once');
      else if ('failed' in result) ctx.fail(result.failed);
      else ctx.ok(result);
    },
  },
  timers: {
    patience(state, ctx) {
      const { open } = state;
      if (open === null) return;
      if (open.requests < requestsMax) {
        open.at = SERVICES.find((service) => service !== open.at) ?? open.at;
        ask(open, ctx);
        return;
      }
      state.open = null;
      if (isCommand(open.operation)) ctx.info(NO_ANSWER);
      else ctx.fail(NO_ANSWER);
    },
  },
});
