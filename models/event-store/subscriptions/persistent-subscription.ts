/**
 * A persistent subscription with competing consumers, as KurrentDB has them: a node that follows the store, pushes events to
 * the consumers that are connected, and remembers on its own disk how far all has been acknowledged or parked.
 */
import { protocol, type NodeId } from '../../../framework/index.js';
import { delivery } from './delivery.js';
import { follow, newIn } from './following.js';
import type { PersistentMessage } from './messages.js';
import { readParked } from './parked-queue.js';
import type { PersistentRules } from './persistent-rules.js';
import type { Ctx, SubscriptionState, Timer } from './subscription-state.js';
import { checkpointMicros, silenceMicros } from './timing.js';

/** A fault point: an operator's job replays the parked queue, now and then. */
export const REPLAYS = 'parked-are-replayed';

function start(ctx: Ctx): SubscriptionState {
  const checkpoint = ctx.disk.get<number>('checkpoint') ?? 0;
  const state: SubscriptionState = {
    through: checkpoint,
    waiting: [],
    retrying: [],
    outstanding: [],
    parking: [],
    parked: readParked(ctx),
    connections: {},
    turns: [],
    pins: {},
    checkpoint,
    sinceCheckpoint: 0,
    seen: { timeOuts: 0, disconnects: 0, passedOver: 0, replays: 0, full: 0, shared: 0 },
  };
  follow(state, ctx);
  ctx.setTimer('checkpoint', checkpointMicros);
  return state;
}

export function persistentSubscription(rules: PersistentRules) {
  const { dispatch, takeBack, checkpoint, acknowledge, isParked, retry, replayParked, receive } = delivery(rules);

  /** What a consumer had is tried again, and its streams are anybody's. */
  const disconnect = (state: SubscriptionState, consumer: NodeId, ctx: Ctx) => {
    if (state.connections[consumer] === undefined) return;
    state.seen.disconnects++;
    ctx.cancelTimer('silence', consumer);
    state.connections = Object.fromEntries(Object.entries(state.connections).filter(([name]) => name !== consumer));
    state.turns = state.turns.filter((name) => name !== consumer);
    state.pins = Object.fromEntries(Object.entries(state.pins).filter(([, name]) => name !== consumer));
    for (const one of takeBack(state, (given) => given.consumer === consumer, ctx)) retry(state, one, ctx);
  };

  const replay = (state: SubscriptionState, ctx: Ctx) => {
    replayParked(state, ctx);
    dispatch(state, ctx);
  };

  const heard = (consumer: NodeId, connection: string, ctx: Ctx) => {
    ctx.setTimer('silence', silenceMicros, consumer);
    ctx.send(consumer, { kind: 'connected', connection });
  };

  return protocol<SubscriptionState, PersistentMessage, Timer>({
    init: start,
    recover: start,
    on: {
      page(state, page, _from, ctx) {
        const events = newIn(page, state);
        if (events === undefined) {
          follow(state, ctx);
          return;
        }
        receive(state, events, page.through);
        dispatch(state, ctx);
      },
      connect(state, { connection }, from, ctx) {
        if (state.connections[from] !== connection) disconnect(state, from, ctx);
        if (state.connections[from] === undefined) state.turns.push(from);
        state.connections[from] = connection;
        heard(from, connection, ctx);
        dispatch(state, ctx);
      },
      beat(state, { connection }, from, ctx) {
        if (state.connections[from] === connection) heard(from, connection, ctx);
        else ctx.send(from, { kind: 'disconnected', connection });
      },
      leave(state, { connection }, from, ctx) {
        if (state.connections[from] === connection) disconnect(state, from, ctx);
        dispatch(state, ctx);
      },
      // Whoever has handled an event has handled it, though the connection be gone, or it be another's by now.
      ack(state, { position }, _from, ctx) {
        const isMeant = ({ event }: { readonly event: { readonly position: number } }) => event.position === position;
        const [taken] = takeBack(state, isMeant, ctx);
        const again = taken ?? state.retrying.find(isMeant);
        if (again === undefined) return;
        if (taken === undefined) state.retrying = state.retrying.filter((one) => !isMeant(one));
        acknowledge(state, again, ctx);
        dispatch(state, ctx);
      },
      nack(state, { connection, position }, from, ctx) {
        if (state.connections[from] !== connection) return;
        const isMeant = (one: { readonly consumer: NodeId; readonly event: { readonly position: number } }) =>
          one.consumer === from && one.event.position === position;
        for (const one of takeBack(state, isMeant, ctx)) retry(state, one, ctx);
        dispatch(state, ctx);
      },
    },
    controls: {
      'replay-parked': replay,
    },
    timers: {
      renew(state, ctx) {
        follow(state, ctx);
        if (ctx.maybe(REPLAYS)) replay(state, ctx);
      },
      silence(state, ctx, consumer) {
        disconnect(state, consumer, ctx);
        dispatch(state, ctx);
      },
      timeout(state, ctx, key) {
        for (const one of takeBack(state, ({ event }) => String(event.position) === key, ctx)) {
          state.seen.timeOuts++;
          retry(state, one, ctx);
        }
        dispatch(state, ctx);
      },
      parked(state, ctx, key) {
        isParked(state, Number(key), ctx);
      },
      taken() {
        // Nothing waits for it: an event that is still in the queue after a crash can be replayed once more.
      },
      checkpoint(state, ctx) {
        checkpoint(state, ctx);
      },
      checkpointed() {
        // Nothing waits for it: after a crash the subscription starts from the last one that was kept.
      },
    },
  });
}
