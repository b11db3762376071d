/** What the connector knows, and the way of every record to the sink: queued with its offset, which counts once it is acknowledged. */
import type { Context } from '../../../framework/index.js';
import {
  enqueue,
  freshProducer,
  resend,
  sendQueued,
  type Producer,
  type ProducerSetting,
  type TopicDescription,
} from '../../partitioned-log/index.js';
import { BROKER, type KeyedRow, type Message } from '../messages.js';
import type { Rules } from '../rules.js';
import { topicOf, topicsOf, type Row, type Schema } from '../schema.js';
import { batchRecordsMax, retryMicros, smallBatchRecords } from '../timing.js';
import type { OutgoingRecord, TopicValue } from './envelope.js';
import type { Offset } from './offset.js';
import type { Search } from './resume.js';

export type ConnectorTimer =
  | 'deploy'
  | 'booted'
  | 'retry'
  | 'status'
  | 'flushOffset'
  | 'offsetStored'
  | 'heartbeat'
  | 'chunkRetry'
  | 'metadata'
  | 'produceRetry';
export type ConnectorContext = Context<Message, ConnectorTimer>;

/**
 * `snapshot.mode`: once, when there is no offset; at every start; when there is no offset or the slot is gone; or never, for
 * those who want only what changes from now on.
 */
export type SnapshotMode = 'initial' | 'always' | 'when_needed' | 'no_data';

export interface Config {
  readonly mode: SnapshotMode;
  /** `offset.flush.interval.ms`. */
  readonly flushMicros: number;
}

/** What the connector is about. */
export type Phase =
  | { readonly kind: 'undeployed' }
  /** Asks for the slot. */
  | { readonly kind: 'connecting'; readonly id: string }
  /** Asks for a snapshot of its own, the slot being older than this attempt. */
  | { readonly kind: 'snapshotting'; readonly id: string; readonly slot: number }
  | Scanning
  /** The snapshot is sent, or none is needed; streaming begins when that is stored. */
  | { readonly kind: 'completing' }
  | Streaming
  /** It cannot go on without skipping changes, and says so. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface Scanning {
  readonly kind: 'scanning';
  readonly id: string;
  readonly position: number;
  readonly at: number;
  /** The tables to be read, the present one first, and the last key read in it. */
  tables: readonly string[];
  after: string | null;
  /** The row that was read last: what it is called depends on whether another one follows. */
  held: { readonly table: string; readonly row: Row; readonly isFirstOfTable: boolean } | null;
  emitted: number;
}

export interface Streaming {
  readonly kind: 'streaming';
  readonly session: string;
  /** How many messages of the session were taken. */
  next: number;
  search: Search | null;
  started: boolean;
}

/** A chunk of an incremental snapshot, from before its low watermark is written until its high one is seen in the stream. */
export interface Window {
  readonly id: string;
  readonly table: string;
  readonly after: string | null;
  step: 'opening' | 'reading' | 'closing';
  /** Whether the low watermark was seen in the stream, and the keys of the rows that changed since. */
  isOpen: boolean;
  changed: string[];
  truncated: boolean;
  rows: readonly KeyedRow[];
  isLast: boolean;
}

interface Pending {
  readonly token: number;
  readonly record: OutgoingRecord;
  readonly offset: Offset;
  acknowledged: boolean;
}

export interface ConnectorState {
  config: Config | null;
  /** Counts the lives of this process; on disk before anything is sent. */
  readonly boot: number;
  /** Names what is asked of the database, together with `boot`. */
  asked: number;
  phase: Phase;
  /** The offset of all that was processed, whether or not the sink has it. */
  position: Offset | null;
  readonly producer: Producer<TopicValue>;
  /** Records that the sink has not acknowledged, or not all before them; oldest first. */
  pending: Pending[];
  emittedCount: number;
  /** The offset of the last record emitted, of the last one before which all are acknowledged, and the one on disk. */
  emitted: Offset | null;
  acknowledged: Offset | null;
  stored: Offset | null;
  storing: Offset | null;
  window: Window | null;
  /** What happened in this life. */
  readonly counts: { resumedInside: number; droppedFromChunks: number; heartbeats: number };
}

/** What the connector's functions need besides its state. */
export interface Environment {
  readonly ctx: ConnectorContext;
  readonly rules: Rules;
  readonly schema: Schema;
}

/** A fault point: a batch may be smaller than it could be. A producer that does not linger sends what it has. */
export const SMALL_BATCHES = 'small-batches';

const settingNow = (ctx: ConnectorContext): ProducerSetting => ({
  broker: BROKER,
  batchRecordsMax: ctx.maybe(SMALL_BATCHES) ? smallBatchRecords : batchRecordsMax,
  retryMicros,
});

export function freshConnector(
  { boot, config, stored }: Pick<ConnectorState, 'boot' | 'config' | 'stored'>,
  schema: Schema,
): ConnectorState {
  // What it fills is known from its offset; that a topic is another one by now, it is told by the broker.
  const filled = stored?.incremental.filled ?? {};
  const topics = topicsOf(schema).map(({ topic, partitions }, place): TopicDescription => {
    const table = schema.captured.find((one) => topicOf(one) === topic) ?? '';
    return { topic, partitions, topicId: filled[table] ?? place + 1 };
  });
  return {
    config,
    boot,
    asked: 0,
    phase: { kind: 'undeployed' },
    position: stored,
    producer: freshProducer<TopicValue>({ producerId: 'connect', epoch: boot }, topics),
    pending: [],
    emittedCount: 0,
    emitted: stored,
    acknowledged: stored,
    stored,
    storing: null,
    window: null,
    counts: { resumedInside: 0, droppedFromChunks: 0, heartbeats: 0 },
  };
}

/** By table, the id of its topic as far as the producer has heard. */
export const topicIdsNow = ({ producer }: ConnectorState, { captured }: Schema): Readonly<Record<string, number>> =>
  Object.fromEntries(captured.map((table) => [table, producer.topics[topicOf(table)]?.topicId ?? 0]));

/** A name for what is asked next, unlike any of this or an earlier life. */
export function nextId(state: ConnectorState): string {
  state.asked++;
  return `${state.boot}.${state.asked}`;
}

/** Queues a record. Once the sink has it and all before it, `offset` may be stored. */
export function emit(state: ConnectorState, record: OutgoingRecord, offset: Offset): void {
  const pending = { token: state.emittedCount++, record, offset, acknowledged: false };
  state.pending.push(pending);
  state.emitted = offset;
  queue(state, pending);
}

function queue({ producer }: ConnectorState, { token, record }: Pending): void {
  const { topic, key, value, headers } = record;
  enqueue(producer, topic, { key, value, headers }, token);
}

/** Queues what the old topic of this name has not acknowledged, for the new one. */
export function queueAgain(state: ConnectorState, topic: string): void {
  for (const pending of state.pending)
    if (pending.record.topic === topic && !pending.acknowledged) queue(state, pending);
}

export function send(state: ConnectorState, ctx: ConnectorContext): void {
  sendQueued(state.producer, ctx, settingNow(ctx));
}

/** The producer's timer. */
export function onProduceRetry(state: ConnectorState, ctx: ConnectorContext): void {
  resend(state.producer, ctx, settingNow(ctx));
}
