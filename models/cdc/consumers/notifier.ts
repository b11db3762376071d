/**
 * The notifier: it makes events of the domain from changes of rows, and produces them to a topic of their own, each exactly
 * once. Events are written to an outbox together with the offsets they come from, and known by the identity of their
 * change; from there they are produced under sequence numbers that the outbox gives, in an epoch that outlives crashes.
 */
import { protocol, type Context, type Role } from '../../../framework/index.js';
import {
  enqueueAgain,
  freshProducer,
  initialTopics,
  onProduced,
  partitionOf,
  resend,
  sendQueued,
  type Producer,
} from '../../partitioned-log/index.js';
import type { Change } from './changes.js';
import type { OrderEvent, Value } from './envelope.js';
import { localConsumer, type LocalState, type LocalTimer, type Sink } from './local-consumer.js';
import type { Message } from './messages.js';
import { BROKER, BROKER_CONFIG, EVENTS_TOPIC, NOTIFIER, TOPIC_OF } from './nodes.js';
import { rowOf, type Rules } from './rules.js';
import { PRODUCE_RETRY_MICROS } from './timing.js';

export interface Outbox {
  readonly events: OrderEvent[];
  readonly made: Record<string, true>;
}

/** What a change means in the domain; null if it means nothing. A key change is told by its removal alone. */
export function eventOf({ op, key, row, before, identity, movedTo, movedFrom }: Change): OrderEvent | null {
  if (op === 'r') return null;
  const event = (type: OrderEvent['type']): OrderEvent => ({ id: identity, type, order: key });
  if (op === 'd') return event(movedTo === null ? 'OrderCancelled' : 'OrderRenumbered');
  if (op === 'c') return movedFrom === null ? event('OrderPlaced') : null;
  const [was, is] = [rowOf(before)?.status, rowOf(row)?.status];
  if (was === is) return null;
  if (is === 'paid') return event('OrderPaid');
  return is === 'shipped' ? event('OrderShipped') : null;
}

export const outboxSink: Sink<Outbox, OrderEvent> = {
  topic: TOPIC_OF.orders,
  empty: () => ({ events: [], made: {} }),
  effectOf({ made }, change) {
    const event = change.kind === 'tombstone' ? null : eventOf(change);
    return event === null || made[event.id] === true ? null : event;
  },
  apply({ events, made }, event) {
    events.push(event);
    made[event.id] = true;
  },
};

export interface NotifierState extends LocalState<Outbox> {
  readonly producer: Producer<Value>;
  /** How many events of the outbox are queued, and which number the next of each partition gets. */
  queued: number;
  readonly sequences: number[];
}

type Timer = LocalTimer | 'produceRetry';
type Ctx = Context<Message, Timer>;

const PRODUCING = { broker: BROKER, batchRecordsMax: 16, retryMicros: PRODUCE_RETRY_MICROS };
const LIVES = 'lives';

export function notifier(rules: Rules): Role<NotifierState, Message> {
  const parts = localConsumer<NotifierState, Outbox, OrderEvent, Ctx>(outboxSink, relay);
  const start = (ctx: Ctx): NotifierState => {
    const life = (ctx.disk.get<number>(LIVES) ?? 0) + 1;
    ctx.disk.set(LIVES, life);
    const topics = initialTopics(BROKER_CONFIG).filter(({ topic }) => topic === EVENTS_TOPIC);
    const producer = freshProducer<Value>({ producerId: NOTIFIER, epoch: rules.notifierEpoch(life) }, topics);
    const state = { ...parts.start(ctx), producer, queued: 0, sequences: [] };
    relay(state, ctx);
    return state;
  };
  return protocol<NotifierState, Message, Timer>({
    init: start,
    recover: start,
    on: {
      ...parts.on,
      produced: (state, message, _from, ctx) => {
        onProduced(state.producer, message);
        sendQueued(state.producer, ctx, PRODUCING);
      },
    },
    timers: {
      ...parts.timers,
      produceRetry: (state, ctx) => {
        resend(state.producer, ctx, PRODUCING);
      },
    },
  });
}

/** Queues what is in the outbox and durable: each event has the same number in its partition in every life. */
function relay(state: NotifierState, ctx: Ctx): void {
  const { producer, sink, sequences } = state;
  for (const event of sink.events.slice(state.queued)) {
    const partition = partitionOf(event.order, producer.topics[EVENTS_TOPIC]?.partitions ?? 1);
    while (sequences.length <= partition) sequences.push(0);
    const sequence = sequences[partition] ?? 0;
    sequences[partition] = sequence + 1;
    const record = { key: event.order, value: event, headers: {} };
    enqueueAgain<Value>(producer, EVENTS_TOPIC, { partition, sequence }, { record, token: sequence });
  }
  state.queued = sink.events.length;
  sendQueued(producer, ctx, PRODUCING);
}
