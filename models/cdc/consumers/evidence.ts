/** What the nodes held in the end, for the properties to judge. */
import type { NodeId, Observed } from '../../../framework/index.js';
import type { BrokerState, Consumer, LogCounts, PartitionOffset, StoredRecord } from '../../partitioned-log/index.js';
import type { ConnectorState } from '../connector/state.js';
import type { LogRecord } from '../database/log.js';
import type { DatabaseState } from '../database/state.js';
import type { AuditEntry, AuditState } from './audit.js';
import type { CacheState } from './cache.js';
import type { Value } from './envelope.js';
import type { Operation, Row } from './messages.js';
import type { NotifierState } from './notifier.js';
import type { Committed } from './oracle.js';
import type { IndexState } from './search.js';
import type { ServiceState } from './synchronisation.js';
import type { Version, WarehouseState } from './warehouse.js';

interface HeldPartition {
  readonly highWatermark: number;
  readonly records: readonly StoredRecord<Value>[];
}

interface HeldTopic {
  readonly topicId: number;
  readonly partitions: readonly HeldPartition[];
}

/** How far a consumer is, in which topic. */
export interface Reading {
  readonly topic: string;
  readonly topicId: number;
  readonly positions: readonly PartitionOffset[];
}

type Rows = Readonly<Record<string, Row>>;

export type Holding =
  | { readonly kind: 'database'; readonly log: readonly LogRecord[] }
  | { readonly kind: 'connector'; readonly phase: string; readonly counts: ConnectorState['counts'] }
  | {
      readonly kind: 'log';
      readonly topics: Readonly<Record<string, HeldTopic>>;
      /** What the groups committed. */
      readonly groups: readonly (Reading & { readonly group: string })[];
      readonly counts: LogCounts;
    }
  | { readonly kind: 'cache'; readonly rows: Rows; readonly reading: Reading; readonly counts: CacheState['counts'] }
  | { readonly kind: 'index'; readonly rows: Rows; readonly counts: IndexState['counts'] }
  | { readonly kind: 'service'; readonly rows: Rows; readonly fenced: number }
  | {
      readonly kind: 'warehouse';
      readonly history: Readonly<Record<string, readonly Version[]>>;
      readonly reading: Reading;
    }
  | {
      readonly kind: 'audit';
      readonly entries: readonly AuditEntry[];
      readonly repeated: number;
      readonly reading: Reading;
    }
  | { readonly kind: 'notifier'; readonly reading: Reading };

export type Evidence = Observed<Operation, Holding>;

const readingOf = ({ topic, topicId, positions }: Consumer): Reading => ({ topic, topicId, positions });

const present = <T extends object>(rows: Readonly<Record<string, T | null>>, rowOf: (one: T) => Row | null): Rows =>
  Object.fromEntries(
    Object.entries(rows).flatMap(([key, one]) => {
      const row = one === null ? null : rowOf(one);
      return row === null ? [] : [[key, row]];
    }),
  );

export const inspectDatabase = ({ log, flushed }: DatabaseState): Holding => ({
  kind: 'database',
  log: log.slice(0, flushed),
});

export const inspectConnector = ({ phase, counts }: ConnectorState): Holding => ({
  kind: 'connector',
  phase: phase.kind,
  counts,
});

export const inspectLog = ({ topics, groups, counts }: BrokerState<Value>): Holding => ({
  kind: 'log',
  topics: Object.fromEntries(
    Object.values(topics).map(({ topic, topicId, partitions }) => [
      topic,
      { topicId, partitions: partitions.map(({ highWatermark, records }) => ({ highWatermark, records })) },
    ]),
  ),
  groups: Object.entries(groups).map(([group, { topic, topicId, offsets }]) => ({
    group,
    topic,
    topicId,
    positions: offsets.map((offset, partition) => ({ partition, offset })),
  })),
  counts,
});

export const inspectCache = ({ sink, consumer, counts }: CacheState): Holding => ({
  kind: 'cache',
  rows: present(sink.rows, (row) => row),
  reading: readingOf(consumer),
  counts,
});

export const inspectIndex = ({ documents, counts }: IndexState): Holding => ({
  kind: 'index',
  rows: present(documents, ({ row }) => row),
  counts,
});

export const inspectService = ({ rows, fenced }: ServiceState): Holding => ({
  kind: 'service',
  rows: present(rows, (row) => row),
  fenced,
});

export const inspectWarehouse = ({ sink, consumer }: WarehouseState): Holding => ({
  kind: 'warehouse',
  history: sink.history,
  reading: readingOf(consumer),
});

export const inspectAudit = ({ sink, consumer }: AuditState): Holding => ({
  kind: 'audit',
  entries: sink.entries,
  repeated: sink.repeated,
  reading: readingOf(consumer),
});

export const inspectNotifier = ({ consumer }: NotifierState): Holding => ({
  kind: 'notifier',
  reading: readingOf(consumer),
});

/** What a node held, if it was there to be asked and is of that kind. */
export function heldBy<K extends Holding['kind']>(
  replicas: ReadonlyMap<NodeId, Holding>,
  node: NodeId,
  kind: K,
): Extract<Holding, { kind: K }> | undefined {
  const holding = replicas.get(node);
  return holding?.kind === kind ? (holding as Extract<Holding, { kind: K }>) : undefined;
}

/** How many transactions were committed that clients asked for while there were faults: those of probes prove little. */
export function committedBeforeProbes({ history, probesFrom }: Evidence, log: readonly Committed[]): number {
  const asked = new Set<unknown>();
  for (const entry of history.slice(0, probesFrom))
    if (entry.type === 'invoke' && entry.operation.kind === 'transaction') asked.add(entry.operation.n);
  return log.filter(({ changes }) =>
    changes.some(({ change: { after, before } }) => asked.has((after ?? before)?.['n'])),
  ).length;
}
