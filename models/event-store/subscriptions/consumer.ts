/**
 * A consumer: it connects, handles the events that it is sent one after the other, keeps the effect of each on its own disk
 * under the event's id, and acknowledges what is kept. An event that comes again leaves no second effect.
 */
import { protocol, type Context } from '../../../framework/index.js';
import type { Effect } from './evidence.js';
import { eventId, type Delivery, type PersistentMessage } from './messages.js';
import { SUBSCRIPTION } from './nodes.js';
import type { PersistentRules } from './persistent-rules.js';
import {
  beatMicros,
  handlingMicros,
  leavesApartMicros,
  outageMicros,
  outagesApartMicros,
  unansweredMax,
} from './timing.js';

export interface ConsumerState {
  /** Empty while it is away. */
  connection: string;
  /** Questions whether the connection stands, since the last answer. */
  unanswered: number;
  /** What came by this connection and is not handled yet; the first is being handled. */
  queue: Delivery[];
  /** Until when, by its own clock, what its handler depends on is down, and until when it stays connected for certain. */
  downUntil: number;
  staysUntil: number;
  /** Effects in the order in which they were applied. */
  readonly sink: Effect[];
  readonly applied: Record<string, true>;
  /** For the record: events that came once more, and left no second effect. */
  again: number;
}

type Timer = 'beat' | 'handled' | 'applied';
type Ctx = Context<PersistentMessage, Timer>;

/** Fault points: a handler fails, what it depends on goes down, or the consumer leaves for a while. */
export const FAILS_ONCE = 'handler-fails';
export const FAILS_FOR_A_WHILE = 'dependency-down';
export const LEAVES = 'consumer-leaves';

/** Events that no consumer can handle, as there are: each tries in vain. */
export const isPoison = ({ event }: Delivery): boolean =>
  event.event.type === 'deposited' && event.event.amount % 10 === 7;

export function consumer(rules: PersistentRules) {
  const begin = (state: ConsumerState, connection: string, ctx: Ctx) => {
    state.connection = connection;
    state.unanswered = 0;
    state.queue = [];
    ctx.cancelTimer('handled');
    ctx.setTimer('beat', beatMicros);
  };

  const connect = (state: ConsumerState, ctx: Ctx) => {
    begin(state, `${ctx.self}-${ctx.random.uint32()}`, ctx);
    ctx.send(SUBSCRIPTION, { kind: 'connect', connection: state.connection });
  };

  const leave = (state: ConsumerState, ctx: Ctx) => {
    ctx.send(SUBSCRIPTION, { kind: 'leave', connection: state.connection });
    begin(state, '', ctx);
    state.staysUntil = ctx.now() + leavesApartMicros;
  };

  const start = (sink: Effect[], ctx: Ctx): ConsumerState => {
    const applied = Object.fromEntries(sink.map(({ id }) => [id, true as const]));
    const state: ConsumerState = {
      connection: '',
      unanswered: 0,
      queue: [],
      downUntil: -outagesApartMicros,
      staysUntil: 0,
      sink,
      applied,
      again: 0,
    };
    connect(state, ctx);
    return state;
  };

  const work = ({ queue }: ConsumerState, ctx: Ctx) => {
    if (queue.length > 0) ctx.setTimer('handled', ctx.random.between(handlingMicros.min, handlingMicros.max));
  };

  /** A handler may fail at an event the first time, or at all events for a while, and then for long not so again. */
  const fails = (state: ConsumerState, { retries }: Delivery, ctx: Ctx): boolean => {
    const isLongUp = ctx.now() >= state.downUntil + outagesApartMicros;
    if (isLongUp && ctx.maybe(FAILS_FOR_A_WHILE)) state.downUntil = ctx.now() + outageMicros;
    return ctx.now() < state.downUntil || (retries === 0 && ctx.maybe(FAILS_ONCE));
  };

  const acknowledge = ({ connection }: ConsumerState, position: number, ctx: Ctx) => {
    ctx.send(SUBSCRIPTION, { kind: 'ack', connection, position });
  };

  const apply = (state: ConsumerState, { event, retries, replayed }: Delivery, ctx: Ctx) => {
    const { position, stream } = event;
    const id = eventId(event);
    if (rules.hasApplied(state.applied, id)) state.again++;
    else {
      const effect: Effect = { id, position, stream, connection: state.connection, retries, replayed };
      state.applied[id] = true;
      state.sink.push(effect);
      ctx.disk.append('sink', effect);
    }
    if (rules.mayAcknowledge({ isOnDisk: false })) acknowledge(state, position, ctx);
    // Also for what was there before: it need not be on disk yet.
    ctx.disk.sync('applied', String(position));
  };

  return protocol<ConsumerState, PersistentMessage, Timer>({
    init: (ctx) => start([], ctx),
    recover: (ctx) => start(ctx.disk.read<Effect>('sink'), ctx),
    on: {
      connected(state, { connection }) {
        if (connection === state.connection) state.unanswered = 0;
      },
      disconnected(state, { connection }, _from, ctx) {
        if (connection === state.connection) connect(state, ctx);
      },
      push(state, { connection, event, retries, replayed }, _from, ctx) {
        if (connection !== state.connection) return;
        state.queue.push({ event, retries, replayed });
        if (state.queue.length === 1) work(state, ctx);
      },
    },
    timers: {
      handled(state, ctx) {
        const [done, ...rest] = state.queue;
        if (done === undefined) return;
        state.queue = rest;
        const { position } = done.event;
        if (isPoison(done) || fails(state, done, ctx))
          ctx.send(SUBSCRIPTION, { kind: 'nack', connection: state.connection, position });
        else apply(state, done, ctx);
        work(state, ctx);
      },
      applied(state, ctx, position) {
        if (rules.mayAcknowledge({ isOnDisk: true })) acknowledge(state, Number(position), ctx);
      },
      beat(state, ctx) {
        state.unanswered++;
        if (state.connection === '' || state.unanswered > unansweredMax) connect(state, ctx);
        else if (ctx.now() >= state.staysUntil && ctx.maybe(LEAVES)) leave(state, ctx);
        else {
          ctx.send(SUBSCRIPTION, { kind: 'beat', connection: state.connection });
          ctx.setTimer('beat', beatMicros);
        }
      },
    },
  });
}
