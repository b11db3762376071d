/**
 * The command handler, at the client: load the account's stream, decide, append at the version loaded; on a conflict,
 * load and decide again. A request without an answer is repeated under its id, and finally given up.
 */
import { client, type ClientContext, type NodeId } from '../../framework/index.js';
import { decide, fold } from './bank.js';
import { isCommand, TOO_MANY_CONFLICTS, type BankOperation, type Message } from './messages.js';
import { STORE } from './nodes.js';
import { conflictsMax, patienceMicros, requestsMax } from './timing.js';

interface ClientState {
  asked: number;
  open: Open | null;
}

interface Open {
  readonly operation: BankOperation;
  /** The request now waiting for its answer. */
  id: string;
  to: NodeId;
  request: Message;
  /** How often it was sent. */
  requests: number;
  conflicts: number;
}

type Ctx = ClientContext<Message, 'patience'>;

function ask(open: Open, ctx: Ctx): void {
  open.requests++;
  ctx.send(open.to, open.request);
  ctx.setTimer('patience', patienceMicros);
}

/** Replaces the request of an operation by its next one. */
function proceed(state: ClientState, open: Open, request: (id: string) => Message, ctx: Ctx): void {
  state.asked++;
  open.id = `r${ctx.process}.${state.asked}`;
  open.request = request(open.id);
  open.requests = 0;
  ask(open, ctx);
}

function settle(state: ClientState, ctx: Ctx): void {
  state.open = null;
  ctx.cancelTimer('patience');
}

export const bankClient = client<ClientState, Message, BankOperation, 'patience'>({
  init: () => ({ asked: 0, open: null }),
  invoke(state, operation, ctx) {
    state.asked++;
    const id = `r${ctx.process}.${state.asked}`;
    const { account } = operation;
    const fromReadModel = operation.kind === 'balance';
    state.open = {
      operation,
      id,
      to: fromReadModel ? operation.at : STORE,
      request: fromReadModel ? { kind: 'ask', id, account } : { kind: 'read', id, stream: account },
      requests: 0,
      conflicts: 0,
    };
    ask(state.open, ctx);
  },
  on: {
    stream(state, { id, events }, _from, ctx) {
      const { open } = state;
      if (open?.id !== id) return;
      const { operation } = open;
      if (!isCommand(operation)) {
        settle(state, ctx);
        ctx.ok(events);
        return;
      }
      const decision = decide(fold(events.map(({ event }) => event)), operation);
      if (decision.kind === 'refused') {
        settle(state, ctx);
        ctx.ok({ refused: decision.reason });
        return;
      }
      const append = { stream: operation.account, expectedVersion: events.length, command: operation.n };
      proceed(state, open, (next) => ({ kind: 'append', id: next, ...append, events: decision.events }), ctx);
    },
    appended(state, { id, nextVersion }, _from, ctx) {
      if (state.open?.id !== id) return;
      settle(state, ctx);
      ctx.ok({ version: nextVersion });
    },
    conflict(state, { id }, _from, ctx) {
      const { open } = state;
      if (open?.id !== id) return;
      // A definite answer: nothing was appended. The account has moved on, so the decision must be made anew.
      open.conflicts++;
      if (open.conflicts > conflictsMax) {
        settle(state, ctx);
        ctx.fail(TOO_MANY_CONFLICTS);
        return;
      }
      proceed(state, open, (next) => ({ kind: 'read', id: next, stream: open.operation.account }), ctx);
    },
    row(state, { id, row }, _from, ctx) {
      if (state.open?.id !== id) return;
      settle(state, ctx);
      ctx.ok(row);
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
      if (open.request.kind === 'append') ctx.info('no answer to an append');
      else ctx.fail('no answer to a read, so nothing was appended');
    },
  },
});
