/**
 * A client: writes at the head, reads at any member (apportioned queries), asks the coordinator who they are, and asks
 * again under the same number until it is answered, or gives up not knowing.
 */
import { client, type ClientContext, type ClientRole, type NodeId } from '../../framework/index.js';
import { COORDINATOR, type CraqOperation, type Message, type RequestId } from './messages.js';
import { ATTEMPTS_MAX, BUSY_MICROS, RETRY_MICROS } from './timing.js';

interface ClientState {
  chain: { readonly number: number; readonly head: NodeId | null; readonly readable: readonly NodeId[] } | null;
  requests: number;
  open: { readonly operation: CraqOperation; attempts: number } | null;
}

type Ctx = ClientContext<Message, 'retry'>;

export function craqClient(): ClientRole<Message, CraqOperation> {
  return client<ClientState, Message, CraqOperation, 'retry'>({
    init(ctx) {
      ctx.send(COORDINATOR, { kind: 'lookup' });
      return { chain: null, requests: 0, open: null };
    },
    invoke(state, operation, ctx) {
      state.requests++;
      state.open = { operation, attempts: 1 };
      request(state, ctx);
      ctx.setTimer('retry', RETRY_MICROS);
    },
    on: {
      chain(state, { number, servers, readable }, _from, ctx) {
        if (state.chain !== null && number <= state.chain.number) return;
        const isFirst = state.chain === null;
        state.chain = { number, head: servers[0] ?? null, readable };
        if (isFirst) request(state, ctx);
      },
      value(state, { id, result }, _from, ctx) {
        if (isOpen(state, id, ctx)) complete(state, result, ctx);
      },
      done(state, { id, took }, _from, ctx) {
        if (!isOpen(state, id, ctx)) return;
        complete(state, state.open?.operation.kind === 'test-and-set' ? took : null, ctx);
      },
      busy(state, { id }, _from, ctx) {
        if (isOpen(state, id, ctx)) ctx.setTimer('retry', BUSY_MICROS);
      },
    },
    timers: {
      retry(state, ctx) {
        if (state.open === null) return;
        if (state.open.attempts === ATTEMPTS_MAX) {
          state.open = null;
          ctx.info(`no answer to ${ATTEMPTS_MAX} attempts`);
          return;
        }
        state.open.attempts++;
        ctx.send(COORDINATOR, { kind: 'lookup' });
        request(state, ctx);
        ctx.setTimer('retry', RETRY_MICROS);
      },
    },
  });
}

const isOpen = ({ open, requests }: ClientState, id: RequestId, ctx: Ctx): boolean =>
  open !== null && id.process === ctx.process && id.request === requests;

function complete(state: ClientState, result: unknown, ctx: Ctx): void {
  state.open = null;
  ctx.cancelTimer('retry');
  ctx.ok(result);
}

function request({ chain, open, requests }: ClientState, ctx: Ctx): void {
  if (chain === null || open === null) return;
  const id: RequestId = { process: ctx.process, request: requests };
  const { operation } = open;
  if (operation.kind === 'get') {
    if (chain.readable.length > 0) ctx.send(ctx.random.pick(chain.readable), { kind: 'read', id, key: operation.key });
  } else if (chain.head !== null) ctx.send(chain.head, { kind: 'write', id, update: operation });
}
