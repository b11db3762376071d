/**
 * A producer that a node embeds in its state: it deals records out to partitions by key, numbers them, keeps what is not
 * acknowledged, and sends it again. An idempotent producer (KIP-98): retries never double a record within an epoch.
 */
import type { Context, NodeId } from '../../framework/index.js';
import type { LogMessage, LogRecord, ProducerMessage, TopicDescription } from './messages.js';
import { partitionOf } from './partitioning.js';

interface Queue<V> {
  readonly partition: number;
  /** The sequence number of the first record of `unacknowledged`. */
  sequence: number;
  unacknowledged: { readonly record: LogRecord<V>; readonly token: number }[];
  /** Up to which sequence number records have been sent since the last answer or time-out. */
  sentTo: number;
}

interface TopicState<V> {
  readonly topic: string;
  topicId: number;
  partitions: number;
  queues: Queue<V>[];
}

export interface Producer<V> {
  readonly producerId: string;
  /** Of this life of the process: to be counted on its disk, and durable before anything is sent. */
  readonly epoch: number;
  readonly topics: Record<string, TopicState<V>>;
  /** A later life of this producer has been heard of: nothing is sent any more. */
  fenced: boolean;
  /** The timer `retry` runs: since something was first waiting, or since the last time that something was acknowledged. */
  timing: boolean;
}

/** What a producer does next is a message to the broker; `retry` is a timer of the node's that calls `resend`. */
export interface ProducerSetting {
  readonly broker: NodeId;
  readonly batchRecordsMax: number;
  readonly retryMicros: number;
}

type ProducerContext<V> = Context<LogMessage<V>, 'produceRetry'>;

export function freshProducer<V>(
  identity: { readonly producerId: string; readonly epoch: number },
  topics: readonly TopicDescription[],
): Producer<V> {
  const states = topics.map((one): [string, TopicState<V>] => [one.topic, { ...one, queues: [] }]);
  return { ...identity, topics: Object.fromEntries(states), fenced: false, timing: false };
}

/** Queues a record. `token` is told again when it is acknowledged (see `onProduced`). */
export function enqueue<V>(producer: Producer<V>, topic: string, record: LogRecord<V>, token: number): void {
  const state = producer.topics[topic];
  if (state === undefined) return;
  queueOf(state, partitionOf(record.key, state.partitions)).unacknowledged.push({ record, token });
}

/**
 * After a restart of a producer that keeps its epoch: `record` is the one that had `sequence` in `partition`, both from its own
 * disk, and may have been stored. Records of a partition come in the order of their numbers.
 */
export function enqueueAgain<V>(
  producer: Producer<V>,
  topic: string,
  place: { readonly partition: number; readonly sequence: number },
  entry: { readonly record: LogRecord<V>; readonly token: number },
): void {
  const state = producer.topics[topic];
  if (state === undefined) return;
  const queue = queueOf(state, place.partition);
  if (queue.unacknowledged.length === 0) queue.sequence = queue.sentTo = place.sequence;
  queue.unacknowledged.push(entry);
}

function queueOf<V>(state: TopicState<V>, partition: number): Queue<V> {
  const known = state.queues.find((queue) => queue.partition === partition);
  if (known !== undefined) return known;
  state.queues.push({ partition, sequence: 0, unacknowledged: [], sentTo: 0 });
  return state.queues[state.queues.length - 1] as Queue<V>;
}

export const unacknowledgedCount = <V>(producer: Producer<V>): number =>
  Object.values(producer.topics).reduce(
    (sum, { queues }) => sum + queues.reduce((count, queue) => count + queue.unacknowledged.length, 0),
    0,
  );

/** Sends what is queued and not on its way. One batch of each partition is on its way at a time. */
export function sendQueued<V>(producer: Producer<V>, ctx: ProducerContext<V>, setting: ProducerSetting): void {
  if (producer.fenced) return;
  let isWaiting = false;
  for (const state of Object.values(producer.topics))
    for (const queue of state.queues) {
      if (queue.unacknowledged.length > 0) isWaiting = true;
      if (queue.sentTo === queue.sequence) sendBatch(producer, state, queue, ctx, setting);
    }
  if (!isWaiting || producer.timing) return;
  producer.timing = true;
  ctx.setTimer('produceRetry', setting.retryMicros);
}

function sendBatch<V>(
  { producerId, epoch }: Producer<V>,
  { topic, topicId }: TopicState<V>,
  queue: Queue<V>,
  ctx: ProducerContext<V>,
  { broker, batchRecordsMax }: ProducerSetting,
): void {
  const { partition, sequence } = queue;
  const records = queue.unacknowledged.slice(0, batchRecordsMax).map(({ record }) => record);
  if (records.length === 0) return;
  queue.sentTo = sequence + records.length;
  ctx.send(broker, { kind: 'produce', topic, topicId, partition, producerId, epoch, sequence, records });
}

/** The timer `produceRetry`: no answer came, so everything is sent again. */
export function resend<V>(producer: Producer<V>, ctx: ProducerContext<V>, setting: ProducerSetting): void {
  producer.timing = false;
  for (const { queues } of Object.values(producer.topics)) for (const queue of queues) queue.sentTo = queue.sequence;
  sendQueued(producer, ctx, setting);
}

/** What an answer means to the node: which tokens are durable in the log now, or that the topic begins anew. */
export type Produced =
  | { readonly kind: 'acknowledged'; readonly tokens: readonly number[] }
  /** The topic is another one now, and empty: what had been published has to be published again. Its queue is empty. */
  | { readonly kind: 'topicRecreated'; readonly topic: string }
  | { readonly kind: 'fenced' };

/** Takes in what the broker says of a topic (`topicDescribed`): it may have more partitions, or be another one. */
export function onDescribed<V>(producer: Producer<V>, { topic, topicId, partitions }: TopicDescription): Produced {
  const state = producer.topics[topic];
  const nothing: Produced = { kind: 'acknowledged', tokens: [] };
  if (state === undefined || topicId < state.topicId) return nothing;
  if (topicId > state.topicId) {
    state.topicId = topicId;
    state.partitions = partitions;
    state.queues = [];
    return { kind: 'topicRecreated', topic };
  }
  // What is queued stays where it is; what comes later is dealt out among more.
  state.partitions = Math.max(state.partitions, partitions);
  return nothing;
}

/** Takes an answer in. The node then queues what it wants to, and calls `sendQueued`. */
export function onProduced<V>(
  producer: Producer<V>,
  message: Extract<ProducerMessage<V>, { kind: 'produced' }>,
): Produced {
  const nothing: Produced = { kind: 'acknowledged', tokens: [] };
  const { producerId, epoch, topicId, result } = message;
  const state = producer.topics[message.topic];
  if (producerId !== producer.producerId || epoch !== producer.epoch || state === undefined) return nothing;
  if (result === 'fenced') {
    producer.fenced = true;
    return { kind: 'fenced' };
  }
  if (result === 'unknownTopic' || topicId < state.topicId) return nothing;
  const described = onDescribed(producer, message);
  if (described.kind === 'topicRecreated') return described;
  const queue = state.queues.find(({ partition }) => partition === message.partition);
  if (queue === undefined || result === 'unknownPartition') return nothing;
  if (result === 'outOfOrder') {
    queue.sentTo = queue.sequence;
    return nothing;
  }
  const count = Math.max(0, Math.min(message.next - queue.sequence, queue.unacknowledged.length));
  const tokens = queue.unacknowledged.slice(0, count).map(({ token }) => token);
  queue.unacknowledged = queue.unacknowledged.slice(count);
  queue.sequence += count;
  queue.sentTo = Math.max(queue.sentTo, queue.sequence);
  if (count > 0) producer.timing = false;
  return { kind: 'acknowledged', tokens };
}
