/**
 * A client: it asks any node, once. What it writes replaces what it has last read of the key (§4.4: the context of a get is
 * given back with the put); without having read, it replaces nothing, and its value is one more sibling.
 */
import { client, type ClientContext, type ClientRole } from '../../framework/index.js';
import { emptyContext, type CausalContext } from '../causality/causal-context.js';
import type { Message, Operation } from './messages.js';
import type { Ring } from './ring.js';
import { PATIENCE_MICROS } from './timing.js';

interface ClientState {
  asked: number;
  open: { readonly id: string; readonly operation: Operation } | null;
  /** By key, what the last answer to a `get` had seen. */
  contexts: Record<string, CausalContext>;
}

type UserContext = ClientContext<Message, 'timeout'>;

export function dynamoClient(ring: Ring): ClientRole<Message, Operation> {
  const settle = (state: ClientState, id: string, ctx: UserContext): Operation | undefined => {
    if (state.open?.id !== id) return undefined;
    const { operation } = state.open;
    state.open = null;
    ctx.cancelTimer('timeout');
    return operation;
  };
  return client<ClientState, Message, Operation, 'timeout'>({
    init: () => ({ asked: 0, open: null, contexts: {} }),
    invoke(state, operation, ctx) {
      state.asked++;
      const id = `r${ctx.process}.${state.asked}`;
      state.open = { id, operation };
      const { key } = operation;
      const coordinator = ctx.random.pick(ring.nodes);
      if (operation.kind === 'get') ctx.send(coordinator, { kind: 'get', id, key });
      else {
        const value = operation.kind === 'put' ? operation.value : null;
        const follows = state.contexts[key] ?? emptyContext();
        ctx.send(coordinator, { kind: 'put', id, key, value, follows });
      }
      ctx.setTimer('timeout', PATIENCE_MICROS);
    },
    on: {
      found(state, { id, found }, _from, ctx) {
        const operation = settle(state, id, ctx);
        if (operation === undefined) return;
        state.contexts[operation.key] = found.seen;
        ctx.ok(found);
      },
      written(state, { id, written }, _from, ctx) {
        if (settle(state, id, ctx) !== undefined) ctx.ok(written);
      },
    },
    timers: {
      timeout(state, ctx) {
        const operation = state.open?.operation;
        state.open = null;
        if (operation?.kind === 'get') ctx.fail('no quorum answered in time');
        else ctx.info('no quorum answered in time');
      },
    },
  });
}
