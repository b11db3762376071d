/**
 * The relay of the outbox: for each subscriber it takes what is not marked as published, publishes it, in order and one
 * batch at a time, until it is acknowledged, and then has it marked. It keeps nothing on its own disk: after a crash it
 * begins again at the mark, and what was published without being marked is published again.
 */
import { protocol, type Context } from '../../framework/index.js';
import type { Message, Recorded } from './messages.js';
import { ORDERS, SEARCH, SUBSCRIBERS, TABLE, type Subscriber } from './nodes.js';
import type { Rules } from './rules.js';
import { pollMicros, republishMicros } from './timing.js';

interface Batch {
  /** Tells its bulk request from others. */
  readonly id: string;
  /** What is not acknowledged yet, in order. */
  readonly events: readonly Recorded[];
  /** The position of the last event of the whole batch. */
  readonly through: number;
}

export interface RelayState {
  readonly batches: Record<Subscriber, Batch | null>;
  /** Items of bulk requests that had to be sent again, though the request had succeeded. */
  itemsRepeated: number;
}

type Ctx = Context<Message, 'tick'>;

export function relay(rules: Rules) {
  const mark = (subscriber: Subscriber, batch: Batch, acknowledged: boolean, ctx: Ctx) => {
    if (rules.mayMark({ acknowledged })) ctx.send(ORDERS, { kind: 'mark', subscriber, through: batch.through });
  };
  const publish = (subscriber: Subscriber, batch: Batch, ctx: Ctx) => {
    const { id, events } = batch;
    if (subscriber === TABLE) ctx.send(TABLE, { kind: 'publish', events });
    else ctx.send(SEARCH, { kind: 'bulk', id, documents: events.map(({ document }) => document) });
    ctx.setTimer('tick', republishMicros, subscriber);
  };
  const begin = (state: RelayState, subscriber: Subscriber, events: readonly Recorded[], ctx: Ctx): Batch | null => {
    const last = events.at(-1);
    const batch = last === undefined ? null : { id: bulkId(events), events, through: last.position };
    state.batches[subscriber] = batch;
    if (batch !== null) publish(subscriber, batch, ctx);
    return batch;
  };
  const finish = (state: RelayState, subscriber: Subscriber, batch: Batch, ctx: Ctx) => {
    state.batches[subscriber] = null;
    mark(subscriber, batch, true, ctx);
    ctx.setTimer('tick', pollMicros, subscriber);
  };
  const start = (ctx: Ctx): RelayState => {
    for (const subscriber of SUBSCRIBERS) ctx.setTimer('tick', pollMicros, subscriber);
    return { batches: { table: null, search: null }, itemsRepeated: 0 };
  };

  return protocol<RelayState, Message, 'tick'>({
    init: start,
    on: {
      outbox(state, { subscriber, events }, _from, ctx) {
        // A late answer may list what has been published since: publishing it again does no harm.
        if (state.batches[subscriber] !== null) return;
        const batch = begin(state, subscriber, events, ctx);
        if (batch !== null) mark(subscriber, batch, false, ctx);
      },
      published(state, { through }, _from, ctx) {
        const batch = state.batches.table;
        if (batch !== null && through >= batch.through) finish(state, TABLE, batch, ctx);
      },
      bulked(state, { id, results }, _from, ctx) {
        const batch = state.batches.search;
        if (batch?.id !== id) return;
        const again = batch.events.filter((_, place) => !rules.isSettled(results[place] ?? 'rejected'));
        if (again.length === 0) {
          finish(state, SEARCH, batch, ctx);
          return;
        }
        state.itemsRepeated += again.length;
        const rest: Batch = { ...batch, id: bulkId(again), events: again };
        state.batches.search = rest;
        publish(SEARCH, rest, ctx);
      },
    },
    timers: {
      tick(state, ctx, key) {
        const subscriber = key as Subscriber;
        const batch = state.batches[subscriber];
        if (batch !== null) {
          publish(subscriber, batch, ctx);
          return;
        }
        ctx.send(ORDERS, { kind: 'poll', subscriber });
        ctx.setTimer('tick', pollMicros, subscriber);
      },
    },
  });
}

/** The same events, the same request: an answer to an earlier copy of it will do. */
const bulkId = (events: readonly Recorded[]): string => events.map(({ position }) => position).join(' ');
