/**
 * A client: sends updates to the head and queries to the tail, asks the master who they are, and asks again under the
 * same request id until it is answered, or gives up not knowing.
 */
import { client, type ClientContext, type ClientRole, type NodeId } from '../../framework/index.js';
import type { ChainOperation, Message } from './messages.js';
import { ATTEMPTS_MAX, RETRY_MICROS } from './timing.js';

interface ClientState {
  chain: { readonly number: number; readonly head: NodeId; readonly tail: NodeId } | null;
  requests: number;
  open: { readonly id: string; readonly operation: ChainOperation; attempts: number } | null;
}

type Ctx = ClientContext<Message, 'retry'>;

export function chainClient(masters: readonly NodeId[]): ClientRole<Message, ChainOperation> {
  const lookUp = (ctx: Ctx): void => {
    for (const master of masters) ctx.send(master, { kind: 'lookup' });
  };
  return client<ClientState, Message, ChainOperation, 'retry'>({
    init(ctx) {
      lookUp(ctx);
      return { chain: null, requests: 0, open: null };
    },
    invoke(state, operation, ctx) {
      state.requests++;
      state.open = { id: `r${ctx.process}.${state.requests}`, operation, attempts: 1 };
      request(state, ctx);
      ctx.setTimer('retry', RETRY_MICROS);
    },
    on: {
      chain(state, { number, head, tail }, _from, ctx) {
        if (state.chain !== null && number <= state.chain.number) return;
        const before = addressee(state);
        state.chain = { number, head, tail };
        if (addressee(state) !== before) request(state, ctx);
      },
      reply(state, { id, result }, _from, ctx) {
        if (state.open?.id !== id) return;
        state.open = null;
        ctx.cancelTimer('retry');
        ctx.ok(result);
      },
    },
    timers: {
      retry(state, ctx) {
        if (state.open === null) return;
        if (state.open.attempts === ATTEMPTS_MAX) {
          state.open = null;
          ctx.info(`no reply to ${ATTEMPTS_MAX} attempts`);
          return;
        }
        state.open.attempts++;
        lookUp(ctx);
        request(state, ctx);
        ctx.setTimer('retry', RETRY_MICROS);
      },
    },
  });
}

/** The end of the chain that the open request is for; null if there is none or the chain is not known yet. */
function addressee({ chain, open }: ClientState): NodeId | null {
  if (chain === null || open === null) return null;
  return open.operation.kind === 'get' ? chain.tail : chain.head;
}

function request(state: ClientState, ctx: Ctx): void {
  const to = addressee(state);
  if (to === null || state.open === null) return;
  const { id, operation } = state.open;
  ctx.send(to, { kind: 'request', id, operation });
}
