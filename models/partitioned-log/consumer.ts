/**
 * A consumer that a node embeds in its state. It joins a group and takes the partitions that it is given (`subscribe`), or
 * takes all partitions from offsets that the node keeps itself (`assign`). It has one fetch under way at a time: the
 * node handles what came, and then calls `handled`, which goes on. What it calls back is told in `ConsumerModel`.
 */
import type { Context, NodeId } from '../../framework/index.js';
import type { FetchedBatch, FetchMessage, GroupMessage, LogMessage, PartitionOffset } from './messages.js';

export interface Consumer {
  readonly topic: string;
  /** Null: partitions and offsets are the node's own affair. */
  readonly membership: { readonly group: string; readonly member: string } | null;
  /** Of the group, in which the partitions below were given to this member; 0 while it has none. A fencing token. */
  generation: number;
  /** Of the topic that `positions` belong to; 0 while it is not known. */
  topicId: number;
  partitions: number;
  /** The partitions that this consumer owns, and the offset that it asks for next in each. */
  positions: PartitionOffset[];
  /** The fetch under way, or the last one. */
  fetchId: number;
  /** What is being handled by the node; null while there is nothing. */
  handling: readonly PartitionOffset[] | null;
  /** Offsets that the group has not confirmed: they are committed again with each heartbeat. */
  uncommitted: readonly PartitionOffset[];
}

/** `owner of partitions 0 2`, in words for pictures. */
export function describeOwned({ positions }: Consumer): string {
  if (positions.length === 0) return 'owns no partition';
  const owned = positions.map(({ partition }) => partition).sort((one, other) => one - other);
  return `owner of ${owned.length === 1 ? 'partition' : 'partitions'} ${owned.join(' ')}`;
}

export type ConsumerTimer = 'consumerPoll' | 'consumerHeartbeat';

export interface ConsumerSetting {
  readonly broker: NodeId;
  /** After how long without an answer a consumer asks again: to fetch, or to join. */
  readonly pollMicros: number;
  readonly heartbeatMicros: number;
}

type ConsumerContext<V> = Context<LogMessage<V>, ConsumerTimer>;

/** How a node of state `S` embeds a consumer. */
export interface ConsumerModel<S, V, Ctx> {
  readonly setting: ConsumerSetting;
  readonly part: (state: S) => Consumer;
  /** Handle these records, each partition in its order, and then call `handled`: at once or in a later step. */
  readonly handle: (state: S, batches: readonly FetchedBatch<V>[], ctx: Ctx) => void;
  /** The partitions are no longer this member's: what is being handled is to be given up. */
  readonly revoked?: (state: S, ctx: Ctx) => void;
  /** A generation begins: this member owns `consumer.positions`. */
  readonly assigned?: (state: S, ctx: Ctx) => void;
  /** With `assign`: the topic was created anew, and is read from its beginning. */
  readonly recreated?: (state: S, ctx: Ctx) => void;
  /** With `assign`: whether offsets are given up when the topic is another one than before. Default: yes. */
  readonly checksTopicId?: boolean;
}

/** A consumer that will be a member of `group`. `member` is unique to this life of the node. */
export const subscribe = (topic: string, group: string, member: string): Consumer => ({
  ...idle(topic),
  membership: { group, member },
});

/** A consumer of all partitions of `topic`, from offsets that the node has kept: none, to begin with. */
export const assign = (
  topic: string,
  kept?: { readonly topicId: number; readonly offsets: readonly number[] },
): Consumer => ({
  ...idle(topic),
  topicId: kept?.topicId ?? 0,
  partitions: kept?.offsets.length ?? 0,
  positions: (kept?.offsets ?? []).map((offset, partition) => ({ partition, offset })),
});

const idle = (topic: string): Consumer => ({
  topic,
  membership: null,
  generation: 0,
  topicId: 0,
  partitions: 0,
  positions: [],
  fetchId: 0,
  handling: null,
  uncommitted: [],
});

/** To be called once, when the node starts. */
export function startConsumer<V>(consumer: Consumer, ctx: ConsumerContext<V>, setting: ConsumerSetting): void {
  ask(consumer, ctx, setting);
  if (consumer.membership !== null) ctx.setTimer('consumerHeartbeat', setting.heartbeatMicros);
}

/** Asks for what is needed now: a place in the group, or records. */
function ask<V>(consumer: Consumer, ctx: ConsumerContext<V>, { broker, pollMicros }: ConsumerSetting): void {
  const { topic, membership, positions, partitions, topicId } = consumer;
  ctx.setTimer('consumerPoll', pollMicros);
  if (membership !== null && consumer.generation === 0) {
    ctx.send(broker, { kind: 'joinGroup', topic, ...membership });
    return;
  }
  consumer.fetchId++;
  const known = topicId === 0 ? null : topicId;
  ctx.send(broker, { kind: 'fetch', id: consumer.fetchId, topic, topicId: known, partitions, positions });
}

/**
 * The node has handled what it was given, and its effects are durable: the offsets are committed (in a group), and the next
 * records asked for. Does nothing if they have been given up meanwhile.
 */
export function handled<V>(consumer: Consumer, ctx: ConsumerContext<V>, setting: ConsumerSetting): void {
  if (consumer.handling === null) return;
  const offsets = consumer.handling;
  consumer.handling = null;
  moveTo(consumer, offsets);
  commit(consumer, offsets, ctx, setting);
  ask(consumer, ctx, setting);
}

function moveTo(consumer: Consumer, offsets: readonly PartitionOffset[]): void {
  for (const { partition, offset } of offsets)
    consumer.positions = consumer.positions.map((one) => (one.partition === partition ? { partition, offset } : one));
}

const isIn = (offsets: readonly PartitionOffset[], { partition, offset }: PartitionOffset): boolean =>
  offsets.some((one) => one.partition === partition && one.offset === offset);

/** Tells the group how far this member is. `handled` does it; to do it earlier is a mistake that can be planted. */
export function commit<V>(
  consumer: Consumer,
  offsets: readonly PartitionOffset[],
  ctx: ConsumerContext<V>,
  { broker }: ConsumerSetting,
): void {
  const { membership, generation, topicId, uncommitted } = consumer;
  if (membership === null || offsets.length === 0) return;
  const others = uncommitted.filter(({ partition }) => !offsets.some((one) => one.partition === partition));
  consumer.uncommitted = [...others, ...offsets];
  ctx.send(broker, { kind: 'commitOffsets', ...membership, generation, topicId, offsets });
}

/** The handlers and timers of a consumer, to be spread among the node's own. */
export function consumerHandlers<S, V, Ctx extends ConsumerContext<V>>(model: ConsumerModel<S, V, Ctx>) {
  const { part, setting } = model;
  /** Gives up what is owned, and joins again. */
  const leave = (state: S, ctx: Ctx): void => {
    const consumer = part(state);
    consumer.generation = 0;
    consumer.positions = [];
    consumer.handling = null;
    consumer.uncommitted = [];
    model.revoked?.(state, ctx);
    ask(consumer, ctx, setting);
  };
  return {
    on: {
      groupJoined(state: S, message: Extract<GroupMessage, { kind: 'groupJoined' }>, _from: NodeId, ctx: Ctx): void {
        const consumer = part(state);
        const { member, generation, assigned, topicId, partitions } = message;
        // An answer to an earlier request, or to an earlier life.
        if (member !== consumer.membership?.member || generation <= consumer.generation) return;
        const wasOwner = consumer.generation > 0;
        const owned = { positions: [...assigned], handling: null, uncommitted: [] };
        Object.assign(consumer, { generation, topicId, partitions, ...owned });
        if (wasOwner) model.revoked?.(state, ctx);
        model.assigned?.(state, ctx);
        ask(consumer, ctx, setting);
      },
      groupBeat(state: S, message: Extract<GroupMessage, { kind: 'groupBeat' }>, _from: NodeId, ctx: Ctx): void {
        const consumer = part(state);
        const { member, generation, status } = message;
        if (member !== consumer.membership?.member || generation !== consumer.generation) return;
        if (status === 'rejoin' && consumer.generation > 0) leave(state, ctx);
      },
      offsetsCommitted(
        state: S,
        { member, generation, offsets, result }: Extract<GroupMessage, { kind: 'offsetsCommitted' }>,
        _from: NodeId,
        ctx: Ctx,
      ): void {
        const consumer = part(state);
        if (member !== consumer.membership?.member || generation !== consumer.generation) return;
        if (result === 'illegalGeneration') leave(state, ctx);
        else consumer.uncommitted = consumer.uncommitted.filter((one) => !isIn(offsets, one));
      },
      fetched(state: S, message: Extract<FetchMessage<V>, { kind: 'fetched' }>, _from: NodeId, ctx: Ctx): void {
        const consumer = part(state);
        // An answer to an earlier fetch is as good, if it is of this topic and continues what was handled: see below.
        if (consumer.handling !== null || message.topicId < consumer.topicId) return;
        if (consumer.membership === null) adoptTopic(state, message, ctx);
        else if (consumer.generation === 0 || message.topicId !== consumer.topicId) return;
        const batches = message.batches.filter(({ partition, from }) =>
          consumer.positions.some((one) => one.partition === partition && one.offset === from),
        );
        if (batches.length === 0) {
          // More partitions, or a new topic: their records are asked for. A group waits for its rebalance.
          if (consumer.membership === null) ask(consumer, ctx, setting);
          return;
        }
        ctx.cancelTimer('consumerPoll');
        consumer.handling = batches.map(({ partition, next }) => ({ partition, offset: next }));
        model.handle(state, batches, ctx);
      },
    },
    timers: {
      consumerPoll(state: S, ctx: Ctx): void {
        if (part(state).handling === null) ask(part(state), ctx, setting);
      },
      consumerHeartbeat(state: S, ctx: Ctx): void {
        const consumer = part(state);
        const { membership, generation } = consumer;
        ctx.setTimer('consumerHeartbeat', setting.heartbeatMicros);
        if (membership === null) return;
        if (generation === 0) {
          ctx.send(setting.broker, { kind: 'joinGroup', topic: consumer.topic, ...membership });
          return;
        }
        ctx.send(setting.broker, { kind: 'groupHeartbeat', ...membership, generation });
        commit(consumer, consumer.uncommitted, ctx, setting);
      },
    },
  };

  /** Without a group: partitions that are new are read from their beginning, and so is a topic that is another one. */
  function adoptTopic(state: S, message: Extract<FetchMessage<V>, { kind: 'fetched' }>, ctx: Ctx): void {
    const consumer = part(state);
    const isAnother = consumer.topicId !== 0 && message.topicId !== consumer.topicId;
    if (isAnother && model.checksTopicId !== false) consumer.positions = [];
    consumer.topicId = message.topicId;
    consumer.partitions = message.partitions;
    for (let partition = consumer.positions.length; partition < message.partitions; partition++)
      consumer.positions = [...consumer.positions, { partition, offset: 0 }];
    if (isAnother) model.recreated?.(state, ctx);
  }
}
