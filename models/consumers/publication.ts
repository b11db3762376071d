/**
 * How the source publishes its log of commits, as a connector does: at least once. After a crash it begins again where it
 * noted last that all was acknowledged. If a topic was created anew, the whole log is published to it again.
 */
import type { Context } from '../../framework/index.js';
import {
  enqueue,
  freshProducer,
  initialTopics,
  sendQueued,
  type Produced,
  type Producer,
} from '../partitioned-log/index.js';
import { recordsOf } from './emission.js';
import type { Value } from './envelope.js';
import type { Message } from './messages.js';
import { BROKER, LOG, SOURCE, TOPIC_OF, type Table } from './nodes.js';
import { CHECKPOINT_MICROS, PRODUCE_RETRY_MICROS } from './timing.js';
import type { Committed } from './transactions.js';

export interface Publication {
  /** In the order of commits. */
  readonly log: Committed[];
  readonly producer: Producer<Value>;
  /** Of each record that is not acknowledged: its number, its topic, and the transaction that it belongs to. */
  unacknowledged: { readonly token: number; readonly topic: string; readonly transaction: number }[];
  lastToken: number;
}

export type PublicationTimer = 'produceRetry' | 'checkpoint' | 'noted';
type Ctx = Context<Message, PublicationTimer>;

/** How far the topic of a table has been published: all of the first `transactions` is acknowledged. */
interface Published {
  readonly topicId: number;
  readonly transactions: number;
}

export const PRODUCING = { broker: LOG, batchRecordsMax: 16, retryMicros: PRODUCE_RETRY_MICROS };
export const TABLES: readonly Table[] = ['orders', 'customers'];
const publishedKey = (topic: string): string => `published ${topic}`;

/** The publication of a new life: what earlier ones had on their way is not known. */
export function freshPublication(life: number, ctx: Pick<Ctx, 'disk'>): Omit<Publication, 'log'> {
  const topics = initialTopics(BROKER)
    .filter(({ topic }) => TABLES.some((table) => TOPIC_OF[table] === topic))
    .map((one) => ({ ...one, topicId: ctx.disk.get<Published>(publishedKey(one.topic))?.topicId ?? one.topicId }));
  const producer = freshProducer<Value>({ producerId: SOURCE, epoch: life }, topics);
  return { producer, unacknowledged: [], lastToken: 0 };
}

/** Publishes what is not noted to have been acknowledged; some of it may have been. */
export function publishFromCheckpoint(state: Publication, ctx: Ctx): void {
  for (const table of TABLES) {
    const published = ctx.disk.get<Published>(publishedKey(TOPIC_OF[table]));
    publish(state, table, published?.transactions ?? 0, ctx);
  }
}

/** Queues the records of the transactions from number `from` on for the topic of `table`. */
export function publish(state: Publication, table: Table, from: number, ctx: Ctx): void {
  const topic = TOPIC_OF[table];
  for (const [offset, committed] of state.log.slice(from).entries())
    for (const emitted of recordsOf(committed, Math.floor(ctx.now() / 1_000))) {
      if (emitted.table !== table) continue;
      state.lastToken++;
      state.unacknowledged.push({ token: state.lastToken, topic, transaction: from + offset });
      enqueue(state.producer, topic, emitted.record, state.lastToken);
    }
  sendQueued(state.producer, ctx, PRODUCING);
}

/** An answer of the log. If a topic is another one, all that was ever committed is published to it. */
export function onAnswer(state: Publication, produced: Produced, ctx: Ctx): void {
  if (produced.kind === 'acknowledged' && produced.tokens.length > 0) {
    const tokens = new Set(produced.tokens);
    state.unacknowledged = state.unacknowledged.filter(({ token }) => !tokens.has(token));
  }
  if (produced.kind === 'topicRecreated') {
    state.unacknowledged = state.unacknowledged.filter(({ topic }) => topic !== produced.topic);
    for (const table of TABLES) if (TOPIC_OF[table] === produced.topic) publish(state, table, 0, ctx);
  }
  sendQueued(state.producer, ctx, PRODUCING);
}

/** Notes how far each topic has been published, if that is further than before. */
export function checkpoint(state: Publication, ctx: Ctx): void {
  ctx.setTimer('checkpoint', CHECKPOINT_MICROS);
  let isNew = false;
  for (const table of TABLES) {
    const topic = TOPIC_OF[table];
    const open = state.unacknowledged.find((one) => one.topic === topic)?.transaction;
    const transactions = open ?? state.log.length;
    const topicId = state.producer.topics[topic]?.topicId ?? 0;
    const known = ctx.disk.get<Published>(publishedKey(topic));
    if (known?.topicId === topicId && known.transactions === transactions) continue;
    isNew = true;
    ctx.disk.set(publishedKey(topic), { topicId, transactions } satisfies Published);
  }
  if (isNew) ctx.disk.sync('noted');
}
