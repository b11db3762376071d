/**
 * A client: keeps a map of the slots, sends each request to whom the map names, and asks the service for a newer map when
 * it is refused or not answered. A request keeps its number until it is answered.
 */
import { client, type ClientContext, type ClientRole } from '../../framework/index.js';
import type { Operation } from './commands.js';
import { slotOf, type Configuration } from './configuration.js';
import { SERVICE, type Message } from './messages.js';
import { ATTEMPTS_MAX, RETRY_MICROS } from './timing.js';

interface ClientState {
  map: Configuration | null;
  requests: number;
  open: { readonly operation: Operation; attempts: number } | null;
}

type Ctx = ClientContext<Message, 'retry'>;

export function shardClient(): ClientRole<Message, Operation> {
  return client<ClientState, Message, Operation, 'retry'>({
    init(ctx) {
      ctx.send(SERVICE, { kind: 'lookup' });
      return { map: null, requests: 0, open: null };
    },
    invoke(state, operation, ctx) {
      state.requests++;
      state.open = { operation, attempts: 1 };
      ask(state, ctx);
      ctx.setTimer('retry', RETRY_MICROS);
    },
    on: {
      map(state, { configuration }, _from, ctx) {
        if (state.map !== null && configuration.number <= state.map.number) return;
        const before = whereabouts(state);
        state.map = configuration;
        const now = whereabouts(state);
        if (now?.to !== before?.to || now?.epoch !== before?.epoch) ask(state, ctx);
      },
      moved(state, { session, n }, _from, ctx) {
        if (isOpen(state, { session, n }, ctx)) ctx.send(SERVICE, { kind: 'lookup' });
      },
      answer(state, { session, n, result }, _from, ctx) {
        if (!isOpen(state, { session, n }, ctx)) return;
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
          ctx.info(`no answer to ${ATTEMPTS_MAX} attempts`);
          return;
        }
        state.open.attempts++;
        ctx.send(SERVICE, { kind: 'lookup' });
        ask(state, ctx);
        ctx.setTimer('retry', RETRY_MICROS);
      },
    },
  });
}

const sessionOf = ({ process }: Ctx): string => `p${process}`;

const isOpen = (state: ClientState, id: { readonly session: string; readonly n: number }, ctx: Ctx): boolean =>
  state.open !== null && id.session === sessionOf(ctx) && id.n === state.requests;

/** Where the open request is to go, by the map. */
function whereabouts({ map, open }: ClientState) {
  if (map === null || open === null) return null;
  const slot = slotOf(open.operation.key);
  const assignment = map.slots[slot];
  if (assignment === undefined) return null;
  return { to: map.views[assignment.owner].primary, slot, epoch: assignment.epoch };
}

function ask(state: ClientState, ctx: Ctx): void {
  const where = whereabouts(state);
  if (where === null || state.open === null) return;
  const { to, slot, epoch } = where;
  const { operation } = state.open;
  ctx.send(to, { kind: 'request', request: { session: sessionOf(ctx), n: state.requests, slot, epoch, operation } });
}
