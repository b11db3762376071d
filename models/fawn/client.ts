/** A client, with the front-end's part in it: it keeps the ring, sends puts to the heads and gets to the tails. */
import { client, type ClientContext, type ClientRole, type NodeId } from '../../framework/index.js';
import { pathOf, type Configuration } from './chains.js';
import { MANAGER, type Message, type Operation } from './messages.js';
import { arcOf } from './ring.js';
import { ATTEMPTS_MAX, RETRY_MICROS } from './timing.js';

interface ClientState {
  ring: Configuration | null;
  requests: number;
  open: { readonly id: string; readonly operation: Operation; attempts: number } | null;
}

type Ctx = ClientContext<Message, 'retry'>;

export function fawnClient(): ClientRole<Message, Operation> {
  return client<ClientState, Message, Operation, 'retry'>({
    init(ctx) {
      ctx.send(MANAGER, { kind: 'lookup' });
      return { ring: null, requests: 0, open: null };
    },
    invoke(state, operation, ctx) {
      state.requests++;
      state.open = { id: `r${ctx.process}.${state.requests}`, operation, attempts: 1 };
      ask(state, ctx);
      ctx.setTimer('retry', RETRY_MICROS);
    },
    on: {
      ring(state, { configuration }, _from, ctx) {
        if (state.ring !== null && configuration.number <= state.ring.number) return;
        const before = addressee(state);
        state.ring = configuration;
        if (addressee(state) !== before) ask(state, ctx);
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
        ctx.send(MANAGER, { kind: 'lookup' });
        ask(state, ctx);
        ctx.setTimer('retry', RETRY_MICROS);
      },
    },
  });
}

/** The end of the chain that the open request is for; undefined if there is none or the ring is not known yet. */
function addressee({ ring, open }: ClientState): NodeId | undefined {
  if (open === null) return undefined;
  const chain = ring?.chains[arcOf(open.operation.key)];
  return chain === undefined ? undefined : pathOf(chain).at(open.operation.kind === 'put' ? 0 : -1);
}

function ask(state: ClientState, ctx: Ctx): void {
  const to = addressee(state);
  if (to === undefined || state.open === null) return;
  const { id, operation } = state.open;
  if (operation.kind === 'put') ctx.send(to, { kind: 'put', id, key: operation.key, value: operation.value });
  else ctx.send(to, { kind: 'get', id, key: operation.key, client: ctx.self });
}
