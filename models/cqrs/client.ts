/**
 * A client: it asks the API, again under the same id if there is no answer, and gives up in the end. It remembers the
 * highest position that it was told of, which is its session: queries for what is `mine` present it.
 */
import { client, type ClientContext } from '../../framework/index.js';
import {
  isCommand,
  type CommandAnswer,
  type ListedOrder,
  type ListResult,
  type Message,
  type Operation,
  type Query,
  type TableAnswer,
} from './messages.js';
import { API } from './nodes.js';
import { patienceMicros, requestsMax } from './timing.js';

interface ClientState {
  asked: number;
  /** The highest position that a command of this session was answered with. */
  position: number;
  open: Open | null;
}

interface Open {
  readonly operation: Operation;
  readonly after: number;
  /** The request that waits for its answer, and how often it was sent. */
  request: Extract<Message, { kind: 'command' | 'query' }>;
  requests: number;
  /** The pages of a list so far. */
  pages: { readonly orders: readonly ListedOrder[]; readonly through: number }[];
}

type Ctx = ClientContext<Message, 'patience'>;

const nextId = (state: ClientState, ctx: Ctx): string => {
  state.asked++;
  return `r${ctx.process}.${state.asked}`;
};

function ask(open: Open, ctx: Ctx): void {
  open.requests++;
  ctx.send(API, open.request);
  ctx.setTimer('patience', patienceMicros);
}

function queryFor(operation: Exclude<Operation, { readonly n: number }>, after: number): Query {
  switch (operation.kind) {
    case 'get':
      return { kind: 'get', order: operation.order, after };
    case 'list':
      return { kind: 'page', customer: operation.customer, cursor: { before: null, shown: 0 }, after };
    case 'search':
    case 'log':
    case 'rebuild':
      return operation;
  }
}

/** Another page was shown. Asks for the next, or ends with all that was shown. */
function onPage(state: ClientState, open: Open, page: Extract<TableAnswer, { kind: 'page' }>, ctx: Ctx): void {
  open.pages.push(page);
  const orders = open.pages.flatMap((one) => one.orders);
  const { query } = open.request as Extract<Message, { kind: 'query' }>;
  const before = orders.at(-1)?.created;
  if (!page.last && before !== undefined && query.kind === 'page') {
    const cursor = { before, shown: orders.length };
    open.request = { kind: 'query', id: nextId(state, ctx), query: { ...query, cursor } };
    open.requests = 0;
    ask(open, ctx);
    return;
  }
  const { after, pages } = open;
  state.open = null;
  const result: ListResult = {
    orders,
    pages: pages.length,
    first: pages[0]?.through ?? 0,
    last: page.through,
    after,
  };
  ctx.ok(result);
}

export const shopClient = client<ClientState, Message, Operation, 'patience'>({
  init: () => ({ asked: 0, position: 0, open: null }),
  invoke(state, operation, ctx) {
    const id = nextId(state, ctx);
    const after = 'mine' in operation && operation.mine ? state.position : 0;
    const request: Open['request'] = isCommand(operation)
      ? { kind: 'command', id, command: operation }
      : { kind: 'query', id, query: queryFor(operation, after) };
    state.open = { operation, after, request, requests: 0, pages: [] };
    ask(state.open, ctx);
  },
  on: {
    answer(state, { id, result }, _from, ctx) {
      const { open } = state;
      if (open?.request.id !== id) return;
      ctx.cancelTimer('patience');
      if (open.operation.kind === 'list') {
        onPage(state, open, result as Extract<TableAnswer, { kind: 'page' }>, ctx);
        return;
      }
      state.open = null;
      if (isCommand(open.operation)) state.position = Math.max(state.position, (result as CommandAnswer).position);
      ctx.ok(result);
    },
    refusal(state, { id, reason }, _from, ctx) {
      if (state.open?.request.id !== id) return;
      ctx.cancelTimer('patience');
      state.open = null;
      ctx.fail(reason);
    },
  },
  timers: {
    patience(state, ctx) {
      const { open } = state;
      if (open === null) return;
      if (open.requests < requestsMax) {
        ask(open, ctx);
        return;
      }
      state.open = null;
      if (isCommand(open.operation)) ctx.info('no answer to a command');
      else ctx.fail('no answer to a query');
    },
  },
});
