/**
 * What a broker holds, as plain data, and how it comes back from the disk. A partition is one log on disk, to which each
 * batch is appended as one record; compaction writes a new log and switches to it.
 */
import type { Context, NodeId } from '../../framework/index.js';
import type { Answer, FetchMessage, LogMessage, LogRecord, StoredRecord, TopicDescription } from './messages.js';
import type { LogRules } from './rules.js';

export interface CompactionConfig {
  /** How often the cleaner looks at a topic, in microseconds. */
  readonly intervalMicros: number;
  /** The last so many records of a partition are its active segment, which is not cleaned. */
  readonly activeRecords: number;
  /** For how long a tombstone stays after the cleaner has met it (Kafka's `delete.retention.ms`). */
  readonly tombstoneRetentionMicros: number;
}

export interface TopicConfig {
  readonly partitions: number;
  /** Null: everything is kept. */
  readonly compaction: CompactionConfig | null;
}

export interface BrokerConfig {
  readonly topics: Readonly<Record<string, TopicConfig>>;
  /** A member that is silent for so long is out of its group. */
  readonly sessionMicros: number;
  /**
   * How long a rebalance waits for members to join again. Shorter than a heartbeat and a few messages take, it turns members
   * out for ever.
   */
  readonly rebalanceMicros: number;
  /** The most records of a partition in one answer to a fetch. */
  readonly fetchRecordsMax: number;
}

/** The sequence number that a producer is expected to send next, in its latest epoch. */
export interface ProducerState {
  epoch: number;
  next: number;
}

export interface Partition<V> {
  /** Oldest first. What is not below the high-water mark is not durable yet. */
  records: StoredRecord<V>[];
  /** The offset of the next record. */
  end: number;
  highWatermark: number;
  producers: Record<string, ProducerState>;
  /** How often it was compacted: names the log on disk that holds it. */
  cleanings: number;
  /** By offset of a tombstone, when the cleaner met it first, by the broker's clock. */
  tombstones: Record<string, number>;
}

export interface Topic<V> {
  readonly topic: string;
  topicId: number;
  partitions: Partition<V>[];
}

export interface Member {
  readonly node: NodeId;
  /** Whether it has joined the rebalance that is under way. */
  joined: boolean;
  partitions: number[];
}

export interface Group {
  readonly topic: string;
  generation: number;
  phase: 'stable' | 'rebalancing';
  members: Record<string, Member>;
  /** The committed offset of each partition of the topic `topicId`. */
  topicId: number;
  offsets: number[];
}

/** A sync under way: what it makes visible, and which answers wait for it. */
interface PendingSync<V> {
  readonly n: number;
  readonly answers: readonly Answer<V>[];
  /** A partition of which all records so far become visible. */
  readonly written: { readonly topicId: number; readonly partition: number; readonly end: number } | null;
  /** A topic that grows, or is there anew. */
  readonly topic: TopicDescription | null;
}

export interface WaitingFetch<V> {
  readonly from: NodeId;
  readonly fetch: Extract<FetchMessage<V>, { kind: 'fetch' }>;
}

export interface BrokerState<V> {
  readonly topics: Record<string, Topic<V>>;
  readonly groups: Record<string, Group>;
  /** The latest epoch heard of, by producer. */
  readonly epochs: Record<string, number>;
  lastTopicId: number;
  waiting: WaitingFetch<V>[];
  syncs: PendingSync<V>[];
  syncCount: number;
  /** What happened in this life, for those who ask whether it did. */
  readonly counts: LogCounts;
}

export interface LogCounts {
  duplicates: number;
  rebalances: number;
  expired: number;
  fenced: number;
  compacted: number;
  tombstonesDropped: number;
  grown: number;
  recreated: number;
}

export type LogTimer = 'durable' | 'session' | 'rebalance' | 'clean';

/** What a broker's functions need besides its state. */
export interface Environment<V> {
  readonly ctx: Context<LogMessage<V>, LogTimer>;
  readonly config: BrokerConfig;
  readonly rules: LogRules;
}

/** A batch as it is on disk. */
export interface BatchOnDisk<V> {
  readonly producerId: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly base: number;
  readonly records: readonly LogRecord<V>[];
}

/** The first record of a compacted log: what the cleaner kept, and what must not be forgotten with what it dropped. */
export interface CleanedOnDisk<V> {
  readonly cleaned: Pick<Partition<V>, 'records' | 'end' | 'producers' | 'tombstones'>;
}

export const emptyPartition = <V>(): Partition<V> => ({
  records: [],
  end: 0,
  highWatermark: 0,
  producers: {},
  cleanings: 0,
  tombstones: {},
});

export const partitionLog = (topicId: number, partition: number, cleanings: number): string =>
  `partition ${topicId}/${partition}.${cleanings}`;

export const cleaningsKey = (topicId: number, partition: number): string => `cleanings ${topicId}/${partition}`;

export const describe = <V>({ topic, topicId, partitions }: Topic<V>): TopicDescription => ({
  topic,
  topicId,
  partitions: partitions.length,
});

const noCounts = (): LogCounts => ({
  duplicates: 0,
  rebalances: 0,
  expired: 0,
  fenced: 0,
  compacted: 0,
  tombstonesDropped: 0,
  grown: 0,
  recreated: 0,
});

/** The topics of a new broker: what producers may take for known until they hear otherwise. */
export const initialTopics = ({ topics }: Pick<BrokerConfig, 'topics'>): TopicDescription[] =>
  Object.entries(topics).map(([topic, { partitions }], place) => ({ topic, topicId: place + 1, partitions }));

/** A broker whose topics are as configured, with nothing in them. */
export function freshBroker<V>(config: BrokerConfig): BrokerState<V> {
  const state: BrokerState<V> = {
    topics: {},
    groups: {},
    epochs: {},
    lastTopicId: 0,
    waiting: [],
    syncs: [],
    syncCount: 0,
    counts: noCounts(),
  };
  for (const { topic, topicId, partitions } of initialTopics(config)) {
    state.lastTopicId = topicId;
    state.topics[topic] = {
      topic,
      topicId,
      partitions: Array.from({ length: partitions }, () => emptyPartition<V>()),
    };
  }
  return state;
}

/**
 * Makes the writes of this step durable, and then does what waits for them: `answers` are sent, the records of `written` are
 * visible, `topic` is as described.
 */
export function afterSync<V>(
  state: BrokerState<V>,
  { ctx }: Environment<V>,
  then: Partial<Omit<PendingSync<V>, 'n'>>,
): void {
  state.syncCount++;
  state.syncs.push({ answers: [], written: null, topic: null, ...then, n: state.syncCount });
  ctx.disk.sync('durable', String(state.syncCount));
}
