/**
 * What producers, consumers and administrators say to the partitioned log, and what it answers. `V` is the type of the
 * values, plain data. Whatever a broker answers to a write is durable; it answers a repeated request again.
 */
import type { NodeId } from '../../framework/index.js';

/** A record as it is produced. The key decides the partition, and what compaction keeps; a null value is a tombstone. */
export interface LogRecord<V> {
  readonly key: string | null;
  readonly value: V | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** A record in its partition. Offsets grow by one a record; compaction leaves gaps, and never changes an offset. */
export interface StoredRecord<V> extends LogRecord<V> {
  readonly offset: number;
}

/** A topic as a producer or consumer knows it. A topic that is created anew under its old name has another id (KIP-516). */
export interface TopicDescription {
  readonly topic: string;
  readonly topicId: number;
  /** How many partitions it has, numbered from 0. Their number may grow, and then keys move. */
  readonly partitions: number;
}

/** One partition of a `fetched` answer. */
export interface FetchedBatch<V> {
  readonly partition: number;
  /** The offset that was asked for. */
  readonly from: number;
  /** The offset to ask for next: after the last of `records`, or further, where compaction left nothing. */
  readonly next: number;
  readonly records: readonly StoredRecord<V>[];
  /** Records below it are durable; only these are ever fetched. */
  readonly highWatermark: number;
}

export interface PartitionOffset {
  readonly partition: number;
  readonly offset: number;
}

/** Why a `produce` was not stored. `next` of the answer says which sequence number the partition expects. */
export type ProduceResult =
  | 'stored'
  /** A batch before this one is missing: send again from `next`. */
  | 'outOfOrder'
  /** A later epoch of this producer has been heard of: this process is a zombie. */
  | 'fenced'
  /** The topic was created anew: `topicId` is the new one, and nothing that was stored in the old one is in it. */
  | 'topicRecreated'
  | 'unknownTopic'
  | 'unknownPartition';

export type ProducerMessage<V> =
  /**
   * Appends `records` to a partition. `sequence` is that of the first of them, counted from 0 in each partition and epoch of
   * a producer; what the partition has of them already is not appended again. A new epoch begins at 0.
   */
  | {
      readonly kind: 'produce';
      readonly topic: string;
      readonly topicId: number;
      readonly partition: number;
      readonly producerId: string;
      readonly epoch: number;
      readonly sequence: number;
      readonly records: readonly LogRecord<V>[];
    }
  /** `next`: all sequence numbers below it are durable. `partitions`: how many the topic has now. */
  | ({
      readonly kind: 'produced';
      readonly partition: number;
      readonly producerId: string;
      readonly epoch: number;
      readonly next: number;
      readonly result: ProduceResult;
    } & TopicDescription);

export type FetchMessage<V> =
  /**
   * Asks for records from `positions` on. It is answered as soon as there is one below the high-water mark (a long poll);
   * a later fetch of the same node and topic replaces it. `topicId` null takes the topic that is called so now, as
   * clients before KIP-516 do.
   */
  | {
      readonly kind: 'fetch';
      readonly id: number;
      readonly topic: string;
      readonly topicId: number | null;
      /** How many partitions the consumer knows of: it is answered at once if there are more. */
      readonly partitions: number;
      readonly positions: readonly PartitionOffset[];
    }
  /** With another `topicId` than was asked for, it has no batches: the topic was created anew. */
  | ({
      readonly kind: 'fetched';
      readonly id: number;
      readonly batches: readonly FetchedBatch<V>[];
    } & TopicDescription);

export type GroupMessage =
  /** Joins a group, or asks for its assignment again. `member` is unique to a life of a process. */
  | { readonly kind: 'joinGroup'; readonly group: string; readonly topic: string; readonly member: string }
  /**
   * The member owns `assigned` in `generation`, from the offsets committed before. The generation grows with each
   * rebalance, for ever: it is a fencing token.
   */
  | ({
      readonly kind: 'groupJoined';
      readonly group: string;
      readonly member: string;
      readonly generation: number;
      readonly assigned: readonly PartitionOffset[];
    } & TopicDescription)
  | {
      readonly kind: 'groupHeartbeat';
      readonly group: string;
      readonly member: string;
      readonly generation: number;
    }
  /** `rejoin`: a rebalance is under way, or was: give up all partitions, and join again. */
  | {
      readonly kind: 'groupBeat';
      readonly group: string;
      readonly member: string;
      readonly generation: number;
      readonly status: 'ok' | 'rejoin';
    }
  | { readonly kind: 'leaveGroup'; readonly group: string; readonly member: string }
  /** Records how far the group is: `offset` is the next to be consumed. Refused in a generation that is over. */
  | {
      readonly kind: 'commitOffsets';
      readonly group: string;
      readonly member: string;
      readonly generation: number;
      readonly topicId: number;
      readonly offsets: readonly PartitionOffset[];
    }
  | {
      readonly kind: 'offsetsCommitted';
      readonly group: string;
      readonly member: string;
      readonly generation: number;
      readonly offsets: readonly PartitionOffset[];
      readonly result: 'committed' | 'illegalGeneration';
    };

export type AdminMessage =
  | { readonly kind: 'describeTopic'; readonly id: string; readonly topic: string }
  /** Has no effect if there are as many already. */
  | { readonly kind: 'growTopic'; readonly id: string; readonly topic: string; readonly partitions: number }
  /** Deletes the topic `topicId`, and creates it anew, empty. Has no effect if that was done already. */
  | {
      readonly kind: 'recreateTopic';
      readonly id: string;
      readonly topic: string;
      readonly topicId: number;
      readonly partitions: number;
    }
  | ({ readonly kind: 'topicDescribed'; readonly id: string } & TopicDescription);

/** All messages of the log, to be joined to those of a model: `type Message = Mine | LogMessage<Envelope>`. */
export type LogMessage<V> = ProducerMessage<V> | FetchMessage<V> | GroupMessage | AdminMessage;

/** An answer that waits until the writes before it are durable. */
export interface Answer<V> {
  readonly to: NodeId;
  readonly message: LogMessage<V>;
}
