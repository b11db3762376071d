/**
 * The API: clients talk to it alone. It passes commands to the command side and queries to the read model that serves
 * them, and reads rows through the cache: it looks there first, else in the table, and fills the cache if it was given a
 * lease. It remembers only what is under way; after a crash clients ask again.
 */
import { protocol, type Context, type NodeId } from '../../framework/index.js';
import { NOT_THERE_YET, type Cached, type GetResult, type Message, type Query, type TableAnswer } from './messages.js';
import { CACHE, ORDERS, SEARCH, TABLE } from './nodes.js';
import type { Rules } from './rules.js';
import { cacheMicros, rememberMicros } from './timing.js';

interface Pending {
  readonly client: NodeId;
  readonly query: Query | null;
  /** Whether the cache has yet to answer. */
  looking: boolean;
}

export interface ApiState {
  /** Requests under way, by id. */
  readonly pending: Record<string, Pending>;
}

type Timer = 'cache' | 'forget';
type Ctx = Context<Message, Timer>;

/** More than any log here has. */
const WHOLE_LOG = 10_000;

export function api(rules: Rules) {
  const remember = (state: ApiState, id: string, client: NodeId, query: Query | null, ctx: Ctx): Pending => {
    const pending = { client, query, looking: false };
    state.pending[id] = pending;
    ctx.setTimer('forget', rememberMicros, id);
    return pending;
  };

  const settle = (state: ApiState, id: string, ctx: Ctx): Pending | undefined => {
    const pending = state.pending[id];
    Reflect.deleteProperty(state.pending, id);
    ctx.cancelTimer('forget', id);
    return pending;
  };

  const answer = (state: ApiState, id: string, result: unknown, ctx: Ctx) => {
    const pending = settle(state, id, ctx);
    if (pending !== undefined) ctx.send(pending.client, { kind: 'answer', id, result });
  };

  const askTable = (id: string, pending: Pending, token: string | null, ctx: Ctx) => {
    pending.looking = false;
    ctx.cancelTimer('cache', id);
    const { query } = pending;
    if (query?.kind === 'get') ctx.send(TABLE, { kind: 'select', id, query, token });
  };

  const onRow = (state: ApiState, id: string, cached: Cached, from: GetResult['from'], ctx: Ctx) => {
    const query = state.pending[id]?.query;
    if (query?.kind === 'get') answer(state, id, { ...cached, from, after: query.after } satisfies GetResult, ctx);
  };

  const onSelected = (state: ApiState, id: string, given: TableAnswer, token: string | null, ctx: Ctx) => {
    const pending = state.pending[id];
    if (pending === undefined) return;
    if (given.kind === 'page') {
      answer(state, id, given, ctx);
      return;
    }
    const cached = { row: given.row, through: given.through };
    const { query } = pending;
    if (token !== null && query?.kind === 'get') ctx.send(CACHE, { kind: 'fill', key: query.order, token, cached });
    onRow(state, id, cached, 'table', ctx);
  };

  return protocol<ApiState, Message, Timer>({
    init: () => ({ pending: {} }),
    on: {
      command(state, { id, command }, from, ctx) {
        remember(state, id, from, null, ctx);
        ctx.send(ORDERS, { kind: 'command', id, command });
      },
      query(state, { id, query }, from, ctx) {
        const pending = remember(state, id, from, query, ctx);
        switch (query.kind) {
          case 'get':
            pending.looking = true;
            ctx.send(CACHE, { kind: 'lookup', id, key: query.order });
            ctx.setTimer('cache', cacheMicros, id);
            return;
          case 'page':
            ctx.send(TABLE, { kind: 'select', id, query, token: null });
            return;
          case 'search':
            ctx.send(SEARCH, { kind: 'find', id, word: query.word });
            return;
          case 'log':
            ctx.send(ORDERS, { kind: 'readLog', id, after: 0, limit: WHOLE_LOG });
            return;
          case 'rebuild':
            ctx.send(query.model, { kind: 'rebuild', id });
        }
      },
      done: (state, { id, answer: given }, _from, ctx) => {
        answer(state, id, given, ctx);
      },
      hit(state, { id, cached }, _from, ctx) {
        const pending = state.pending[id];
        if (pending?.looking !== true || pending.query?.kind !== 'get') return;
        if (!rules.mayServeCached(cached, pending.query.after)) {
          askTable(id, pending, null, ctx);
          return;
        }
        ctx.cancelTimer('cache', id);
        onRow(state, id, cached, 'cache', ctx);
      },
      miss(state, { id, token }, _from, ctx) {
        const pending = state.pending[id];
        if (pending?.looking !== true) return;
        askTable(id, pending, token, ctx);
      },
      selected(state, { id, answer: given, token }, _from, ctx) {
        onSelected(state, id, given, token, ctx);
      },
      tooEarly(state, { id }, _from, ctx) {
        const pending = settle(state, id, ctx);
        if (pending !== undefined) ctx.send(pending.client, { kind: 'refusal', id, reason: NOT_THERE_YET });
      },
      found: (state, { id, hits }, _from, ctx) => {
        answer(state, id, hits, ctx);
      },
      logPage: (state, { id, events }, _from, ctx) => {
        answer(state, id, events, ctx);
      },
      rebuilt: (state, { id }, _from, ctx) => {
        answer(state, id, null, ctx);
      },
    },
    timers: {
      cache(state, ctx, id) {
        const pending = state.pending[id];
        if (pending?.looking === true) askTable(id, pending, null, ctx);
      },
      forget(state, _ctx, id) {
        Reflect.deleteProperty(state.pending, id);
      },
    },
  });
}
