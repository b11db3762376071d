/**
 * Clients: transactions and reads at the database, repeated under the same id until they are answered. A client that wants to
 * know whether the connector has caught up writes a line into the journal, and reads the journal's topic until it is there, or the
 * connector says that it has failed.
 */
import { client, type ClientContext } from '../../framework/index.js';
import { BROKER, CONNECTOR, DATABASE, type CdcOperation, type Message } from './messages.js';
import { topicOf } from './schema.js';
import { catchUpMicrosMax, patienceMicros, requestsMax } from './timing.js';

interface Open {
  readonly operation: CdcOperation;
  readonly id: string;
  requests: number;
  /** When following: the next offset of the topic, and for how long still. */
  following: { next: number; until: number } | null;
}

interface ClientState {
  asked: number;
  open: Open | null;
}

type Ctx = ClientContext<Message, 'patience'>;

const JOURNAL = topicOf('journal');

function ask({ operation, id, following }: Open, ctx: Ctx): void {
  ctx.setTimer('patience', patienceMicros);
  if (operation.kind === 'read') ctx.send(DATABASE, { kind: 'read', id, table: operation.table });
  else if (following !== null)
    ctx.send(BROKER, {
      kind: 'fetch',
      id: following.next,
      topic: JOURNAL,
      topicId: null,
      partitions: 1,
      positions: [{ partition: 0, offset: following.next }],
    });
  else {
    const { n } = operation;
    const note = [{ kind: 'note', table: 'journal' } as const];
    const statements = operation.kind === 'catch-up' ? note : operation.statements;
    ctx.send(DATABASE, { kind: 'execute', id, n, statements });
  }
}

function settle(state: ClientState, ctx: Ctx): void {
  state.open = null;
  ctx.cancelTimer('patience');
}

/** The line that a catch-up writes. */
const lineOf = (n: number): string => `${n}.0`;

export const cdcClient = client<ClientState, Message, CdcOperation, 'patience'>({
  init: () => ({ asked: 0, open: null }),
  invoke(state, operation, ctx) {
    state.asked++;
    state.open = { operation, id: `r${ctx.process}.${state.asked}`, requests: 1, following: null };
    ask(state.open, ctx);
  },
  on: {
    executed(state, { id }, _from, ctx) {
      const { open } = state;
      if (open?.id !== id || open.following !== null) return;
      if (open.operation.kind !== 'catch-up') {
        settle(state, ctx);
        ctx.ok('committed');
        return;
      }
      open.following = { next: 0, until: ctx.now() + catchUpMicrosMax };
      ask(open, ctx);
    },
    table(state, { id, rows }, _from, ctx) {
      if (state.open?.id !== id) return;
      settle(state, ctx);
      ctx.ok(rows);
    },
    connectorStatus(state, { id, hasFailed }, _from, ctx) {
      if (state.open?.id !== id || !hasFailed) return;
      settle(state, ctx);
      ctx.ok('the connector has failed');
    },
    fetched(state, { topic, batches }, _from, ctx) {
      const { open } = state;
      if (open?.operation.kind !== 'catch-up' || open.following === null || topic !== JOURNAL) return;
      const line = lineOf(open.operation.n);
      for (const { from, next, records } of batches) {
        if (from !== open.following.next) continue;
        open.following.next = next;
        for (const { value } of records)
          if (value !== null && 'after' in value && value.after?.['entry'] === line) {
            settle(state, ctx);
            ctx.ok('caught up');
            return;
          }
      }
      ask(open, ctx);
    },
  },
  timers: {
    patience(state, ctx) {
      const { open } = state;
      if (open === null) return;
      const { following, operation } = open;
      open.requests++;
      const isPatient = following === null ? open.requests <= requestsMax : ctx.now() < following.until;
      if (isPatient) {
        ask(open, ctx);
        if (following !== null) ctx.send(CONNECTOR, { kind: 'status', id: open.id });
        return;
      }
      state.open = null;
      if (operation.kind === 'read') ctx.fail('no answer to a read');
      else ctx.info(following === null ? 'no answer to a transaction' : 'the line is not in the topic');
    },
  },
});
