/** What becomes of an event: it is sent to a consumer, and then acknowledged, tried again, or parked. */
import type { NodeId } from '../../../framework/index.js';
import type { RecordedEvent } from '../messages.js';
import { follow } from './following.js';
import type { Delivery } from './messages.js';
import { writeParked, writeTaken } from './parked-queue.js';
import type { PersistentRules } from './persistent-rules.js';
import {
  checkpointOf,
  freeConsumers,
  type Ctx,
  type Outstanding,
  type SubscriptionState,
} from './subscription-state.js';
import { bufferLength, checkpointEvery, checkpointMicros, messageTimeoutMicros, retriesMax } from './timing.js';

export const timerKey = ({ event }: Delivery): string => String(event.position);

const inOrder = (one: Delivery, other: Delivery): number => one.event.position - other.event.position;

const isFirstTry = ({ retries, replayed }: Delivery): boolean => retries === 0 && !replayed;

const isShared = (one: Outstanding, { event }: Delivery, consumer: NodeId): boolean =>
  isFirstTry(one) && one.event.stream === event.stream && one.consumer !== consumer;

export function delivery(rules: PersistentRules) {
  const send = (state: SubscriptionState, given: Delivery, consumer: NodeId, ctx: Ctx) => {
    if (isFirstTry(given) && state.outstanding.some((one) => isShared(one, given, consumer))) state.seen.shared++;
    const connection = state.connections[consumer] ?? '';
    state.outstanding.push({ ...given, consumer });
    ctx.send(consumer, { kind: 'push', connection, ...given });
    ctx.setTimer('timeout', messageTimeoutMicros, timerKey(given));
  };

  /** Sends what can be sent of these, in order; the rest waits on, and later events may pass it over. */
  const sendSome = (state: SubscriptionState, deliveries: readonly Delivery[], ctx: Ctx): Set<number> => {
    const sent = new Set<number>();
    for (const [place, one] of deliveries.entries()) {
      const free = freeConsumers(state);
      if (free.length === 0) break;
      const { stream, position } = one.event;
      const consumer = rules.consumerFor(stream, { turns: state.turns, pins: state.pins, free });
      if (consumer === undefined) continue;
      if (sent.size < place) state.seen.passedOver++;
      send(state, one, consumer, ctx);
      sent.add(position);
    }
    return sent;
  };

  const sendAgain = (state: SubscriptionState, isMeant: (one: Delivery) => boolean, ctx: Ctx) => {
    const sent = sendSome(state, state.retrying.filter(isMeant), ctx);
    if (sent.size > 0) state.retrying = state.retrying.filter(({ event }) => !sent.has(event.position));
  };

  /**
   * What is to be tried again goes first, which is a bounded number of times; what was replayed goes last, because it may be
   * replayed for ever, and is safe in the parked queue.
   */
  const dispatch = (state: SubscriptionState, ctx: Ctx) => {
    sendAgain(state, ({ replayed }) => !replayed, ctx);
    const wasFull = state.waiting.length >= bufferLength;
    const fresh = state.waiting.map((event): Delivery => ({ event, retries: 0, replayed: false }));
    const sent = sendSome(state, fresh, ctx);
    if (sent.size > 0) state.waiting = state.waiting.filter(({ position }) => !sent.has(position));
    sendAgain(state, ({ replayed }) => replayed, ctx);
    // What did not fit was not kept.
    if (wasFull && state.waiting.length < bufferLength) follow(state, ctx);
  };

  /** Takes an event from those outstanding, if it is the consumer's that says something of it. */
  const takeBack = (state: SubscriptionState, isMeant: (one: Outstanding) => boolean, ctx: Ctx) => {
    const taken = state.outstanding.filter(isMeant);
    for (const one of taken) ctx.cancelTimer('timeout', timerKey(one));
    if (taken.length > 0) state.outstanding = state.outstanding.filter((one) => !isMeant(one));
    return taken;
  };

  const checkpoint = (state: SubscriptionState, ctx: Ctx) => {
    state.sinceCheckpoint = 0;
    ctx.setTimer('checkpoint', checkpointMicros);
    const position = checkpointOf(state, rules);
    if (position <= state.checkpoint) return;
    state.checkpoint = position;
    ctx.disk.set('checkpoint', position);
    ctx.disk.sync('checkpointed');
  };

  const settled = (state: SubscriptionState, ctx: Ctx) => {
    state.sinceCheckpoint++;
    if (state.sinceCheckpoint >= checkpointEvery) checkpoint(state, ctx);
  };

  /** Takes an event off the parked queue. */
  const take = (position: number, ctx: Ctx) => {
    writeTaken(position, ctx);
    ctx.disk.sync('taken');
  };

  const acknowledge = (state: SubscriptionState, { event, replayed }: Delivery, ctx: Ctx) => {
    if (replayed) {
      take(event.position, ctx);
      state.parked = state.parked.filter((one) => one.event.position !== event.position);
    }
    settled(state, ctx);
  };

  const park = (state: SubscriptionState, { event, replayed }: Delivery, ctx: Ctx) => {
    const already = state.parked.find((one) => one.event.position === event.position);
    if (replayed && already !== undefined) {
      already.isReplayed = false;
      return;
    }
    state.parking.push(event);
    writeParked(event, ctx);
    ctx.disk.sync('parked', String(event.position));
  };

  const isParked = (state: SubscriptionState, position: number, ctx: Ctx) => {
    const event = state.parking.find((one) => one.position === position);
    if (event === undefined) return;
    state.parking = state.parking.filter((one) => one !== event);
    state.parked.push({ event, isReplayed: false });
    settled(state, ctx);
  };

  /** To be tried again, or parked if it was tried too often. */
  const retry = (state: SubscriptionState, { event, retries, replayed }: Delivery, ctx: Ctx) => {
    const next = { event, retries: retries + 1, replayed };
    if (next.retries > retriesMax) park(state, next, ctx);
    else state.retrying = [...state.retrying, next].sort(inOrder);
  };

  /** Has all parked events tried again, from the beginning. */
  const replayParked = (state: SubscriptionState, ctx: Ctx) => {
    for (const one of state.parked) {
      if (one.isReplayed) continue;
      one.isReplayed = true;
      state.seen.replays++;
      state.retrying = [...state.retrying, { event: one.event, retries: 0, replayed: true }].sort(inOrder);
      if (rules.forgetsAtReplay()) take(one.event.position, ctx);
    }
    if (rules.forgetsAtReplay()) state.parked = [];
  };

  /** What fits into the buffer of what has come; the rest is asked for again when there is room. */
  const receive = (state: SubscriptionState, events: readonly RecordedEvent[], through: number) => {
    const isParkedAlready = ({ position }: RecordedEvent) =>
      state.parked.some(({ event }) => event.position === position);
    const room = Math.max(0, bufferLength - state.waiting.length);
    const taken = events.slice(0, room);
    state.waiting.push(...taken.filter((event) => !isParkedAlready(event)));
    if (taken.length < events.length) state.seen.full++;
    state.through =
      taken.length < events.length ? (taken.at(-1)?.position ?? state.through) : Math.max(state.through, through);
  };

  return { dispatch, takeBack, checkpoint, acknowledge, isParked, retry, replayParked, receive };
}
