/** Clients: they run transactions in the database, look customers up in the cache, and administer topics. */
import { client, type ClientContext, type NodeId } from '../../../framework/index.js';
import type { Message, Operation } from './messages.js';
import { BROKER, CACHE, DATABASE, TOPIC_OF } from './nodes.js';
import { PATIENCE_MICROS, REQUESTS_MAX } from './timing.js';

interface ClientState {
  asked: number;
  open: { readonly operation: Operation; id: string; to: NodeId; request: Message; requests: number } | null;
}

type Ctx = ClientContext<Message, 'patience'>;

/** After a description of the topic comes the request to recreate that one: the second of two requests under one id. */
const SECOND = '.2';

function first(operation: Operation, id: string): { readonly to: NodeId; readonly request: Message } {
  switch (operation.kind) {
    case 'transaction': {
      const { n, statements } = operation;
      return { to: DATABASE, request: { kind: 'execute', id, n, statements } };
    }
    case 'lookup':
      return { to: CACHE, request: { kind: 'lookup', id, key: operation.key } };
    case 'grow': {
      const { partitions } = operation;
      return { to: BROKER, request: { kind: 'growTopic', id, topic: TOPIC_OF.orders, partitions } };
    }
    case 'recreate':
      return { to: BROKER, request: { kind: 'describeTopic', id, topic: TOPIC_OF.customers } };
  }
}

function ask({ open }: ClientState, ctx: Ctx): void {
  if (open === null) return;
  open.requests++;
  ctx.send(open.to, open.request);
  ctx.setTimer('patience', PATIENCE_MICROS);
}

function settle(state: ClientState, id: string, result: unknown, ctx: Ctx): void {
  if (state.open?.id !== id) return;
  state.open = null;
  ctx.cancelTimer('patience');
  ctx.ok(result);
}

export const consumersClient = client<ClientState, Message, Operation, 'patience'>({
  init: () => ({ asked: 0, open: null }),
  invoke(state, operation, ctx) {
    state.asked++;
    const id = `r${ctx.process}.${state.asked}`;
    state.open = { operation, id, ...first(operation, id), requests: 0 };
    ask(state, ctx);
  },
  on: {
    executed: (state, { id }, _from, ctx) => {
      settle(state, id, null, ctx);
    },
    found: (state, { id, row }, _from, ctx) => {
      settle(state, id, row, ctx);
    },
    topicDescribed(state, { id, topic, topicId, partitions }, _from, ctx) {
      const { open } = state;
      if (open?.operation.kind !== 'recreate' || open.id !== id || id.endsWith(SECOND)) {
        settle(state, id, partitions, ctx);
        return;
      }
      open.id = `${id}${SECOND}`;
      open.request = { kind: 'recreateTopic', id: open.id, topic, topicId, partitions };
      open.requests = 0;
      ask(state, ctx);
    },
  },
  timers: {
    patience(state, ctx) {
      if (state.open === null) return;
      if (state.open.requests < REQUESTS_MAX) {
        ask(state, ctx);
        return;
      }
      state.open = null;
      ctx.info(`no answer to ${REQUESTS_MAX} requests`);
    },
  },
});
