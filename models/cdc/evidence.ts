/** What the properties judge: the log of the database, the topics, and the connector, as they were in the end. */
import type { NodeId, Observed } from '../../framework/index.js';
import type { BrokerState } from '../partitioned-log/index.js';
import type { Envelope, TopicValue, TransactionRecord } from './connector/envelope.js';
import type { ConnectorState, SnapshotMode } from './connector/state.js';
import type { LogRecord } from './database/log.js';
import type { DatabaseState, Slot } from './database/state.js';
import { oncePer } from './once-per.js';
import { BROKER, CONNECTOR, DATABASE, type CdcOperation } from './messages.js';
import { TRANSACTION_TOPIC, topicOf, type Tables } from './schema.js';
import { CAPTURED, type Captured } from './tables.js';

export interface TopicRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: TopicValue | null;
  readonly headers: Readonly<Record<string, string>>;
}

export type Holding =
  | {
      readonly kind: 'database';
      readonly log: readonly LogRecord[];
      readonly tables: Tables;
      readonly slot: Slot | null;
      readonly dropped: readonly Slot[];
      readonly end: number;
      readonly removedBelow: number;
    }
  | {
      readonly kind: 'topics';
      readonly topics: Readonly<Record<string, readonly TopicRecord[]>>;
      readonly fenced: number;
    }
  | {
      readonly kind: 'connector';
      readonly mode: SnapshotMode | null;
      readonly phase: string;
      readonly boot: number;
      readonly counts: ConnectorState['counts'];
    };

export type Evidence = Observed<CdcOperation, Holding>;

export const inspectDatabase = ({
  log,
  flushed,
  tables,
  slot,
  dropped,
  end,
  removedBelow,
}: DatabaseState): Holding => ({
  kind: 'database',
  log: log.slice(0, flushed),
  tables,
  slot,
  // One that a crash brought back is not gone.
  dropped: dropped.filter(({ created }) => created !== slot?.created),
  end,
  removedBelow,
});

export const inspectBroker = ({ topics, counts }: BrokerState<TopicValue>): Holding => ({
  kind: 'topics',
  fenced: counts.fenced,
  topics: Object.fromEntries(
    Object.values(topics).map(({ topic, partitions }) => [
      topic,
      partitions.flatMap(({ records, highWatermark }, partition) =>
        records.filter(({ offset }) => offset < highWatermark).map((record) => ({ partition, ...record })),
      ),
    ]),
  ),
});

export const inspectConnector = ({ config, phase, boot, counts }: ConnectorState): Holding => ({
  kind: 'connector',
  mode: config?.mode ?? null,
  phase: phase.kind === 'failed' ? `failed: ${phase.reason}` : phase.kind,
  boot,
  counts,
});

type Of<K extends Holding['kind']> = Extract<Holding, { kind: K }>;

const holding = <K extends Holding['kind']>(
  replicas: ReadonlyMap<NodeId, Holding>,
  node: NodeId,
  kind: K,
): Of<K> | undefined => {
  const held = replicas.get(node);
  return held?.kind === kind ? (held as Of<K>) : undefined;
};

/** All three, if all were there to be asked. */
export function evidenceOf({ replicas }: Pick<Evidence, 'replicas'>) {
  const database = holding(replicas, DATABASE, 'database');
  const sink = holding(replicas, BROKER, 'topics');
  const capture = holding(replicas, CONNECTOR, 'connector');
  return database === undefined || sink === undefined || capture === undefined
    ? undefined
    : { database, sink, capture };
}

export interface EventRecord extends TopicRecord {
  readonly table: Captured;
  readonly event: Envelope;
}

const isEnvelope = (value: TopicValue | null): value is Envelope => value !== null && 'op' in value;

/** The records of a table's topic, each partition in its order, tombstones included. */
export const recordsOf = ({ topics }: Of<'topics'>, table: Captured): readonly TopicRecord[] =>
  topics[topicOf(table)] ?? [];

/** The events of all tables, each partition in its order. */
export const eventsOf = oncePer((sink: Of<'topics'>): readonly EventRecord[] =>
  CAPTURED.flatMap((table) =>
    recordsOf(sink, table).flatMap((record) =>
      isEnvelope(record.value) ? [{ ...record, table, event: record.value }] : [],
    ),
  ),
);

export const transactionsIn = ({ topics }: Of<'topics'>): TransactionRecord[] =>
  (topics[TRANSACTION_TOPIC] ?? []).flatMap(({ value }) => (value !== null && 'status' in value ? [value] : []));
