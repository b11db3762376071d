/**
 * A client: asks whom it takes for the leader, follows redirections, and asks another server when there is no answer. Each
 * life of a client is a session, and its operations have serial numbers (§8).
 */
import { client, type ClientContext, type ClientRole, type NodeId } from '../../framework/index.js';
import type { Message, Operation } from './messages.js';
import { ATTEMPTS_MAX, REDIRECTIONS_MAX, RETRY_MICROS } from './timing.js';

interface ClientState {
  server: NodeId;
  serial: number;
  open: { readonly operation: Operation; attempts: number; redirections: number } | null;
}

type Ctx = ClientContext<Message, 'retry'>;

export function raftClient(servers: readonly NodeId[]): ClientRole<Message, Operation> {
  const ask = (state: ClientState, ctx: Ctx): void => {
    if (state.open === null) return;
    const { operation } = state.open;
    ctx.send(state.server, { kind: 'request', session: sessionOf(ctx), serial: state.serial, operation });
  };
  return client<ClientState, Message, Operation, 'retry'>({
    init: (ctx) => ({ server: ctx.random.pick(servers), serial: 0, open: null }),
    invoke(state, operation, ctx) {
      state.serial++;
      state.open = { operation, attempts: 1, redirections: 0 };
      ask(state, ctx);
      ctx.setTimer('retry', RETRY_MICROS);
    },
    on: {
      reply(state, { session, serial, result }, _from, ctx) {
        if (state.open === null || session !== sessionOf(ctx) || serial !== state.serial) return;
        state.open = null;
        ctx.cancelTimer('retry');
        ctx.ok(result);
      },
      redirect(state, { session, serial, leader }, from, ctx) {
        const { open } = state;
        if (open === null || session !== sessionOf(ctx) || serial !== state.serial) return;
        if (leader === null || from !== state.server || open.redirections === REDIRECTIONS_MAX) return;
        open.redirections++;
        state.server = leader;
        ask(state, ctx);
      },
    },
    timers: {
      retry(state, ctx) {
        const { open } = state;
        if (open === null) return;
        if (open.attempts === ATTEMPTS_MAX) {
          state.open = null;
          ctx.info(`no reply to ${ATTEMPTS_MAX} attempts`);
          return;
        }
        open.attempts++;
        open.redirections = 0;
        state.server = servers[(servers.indexOf(state.server) + 1) % servers.length] ?? state.server;
        ask(state, ctx);
        ctx.setTimer('retry', RETRY_MICROS);
      },
    },
  });
}

const sessionOf = (ctx: Ctx): string => `p${ctx.process}`;
