/** Compaction: of each key the last record is kept, where it is. */
import type { StoredRecord } from './messages.js';
import {
  cleaningsKey,
  partitionLog,
  type BrokerState,
  type CleanedOnDisk,
  type Environment,
  type Partition,
} from './state.js';

/** The cleaner passes over the partitions of `topic`. */
export function clean<V>(state: BrokerState<V>, name: string, environment: Environment<V>): void {
  const topic = state.topics[name];
  const compaction = environment.config.topics[name]?.compaction;
  if (topic === undefined || compaction === undefined || compaction === null) return;
  for (const [number, partition] of topic.partitions.entries()) {
    // The active segment is not cleaned, nor is what is not durable.
    const active = partition.records.at(-compaction.activeRecords)?.offset ?? 0;
    const cleanable = Math.min(active, partition.highWatermark);
    const kept = keptByCleaner(
      state,
      partition,
      { cleanable, retentionMicros: compaction.tombstoneRetentionMicros },
      environment,
    );
    const isNothingNew = kept.length === partition.records.length;
    if (isNothingNew) continue;
    state.counts.compacted += partition.records.length - kept.length;
    partition.records = kept;
    switchLog(topic.topicId, number, partition, environment);
  }
  environment.ctx.setTimer('clean', compaction.intervalMicros, name);
}

/** The last record of each key below `cleanable`, in their order; tombstones only for a while; all records without a key. */
function keptByCleaner<V>(
  { counts }: BrokerState<V>,
  partition: Partition<V>,
  { cleanable, retentionMicros }: { readonly cleanable: number; readonly retentionMicros: number },
  { ctx, rules }: Environment<V>,
): StoredRecord<V>[] {
  const last = new Map<string, number>();
  for (const { key, offset } of partition.records) if (key !== null && offset < cleanable) last.set(key, offset);
  const tombstones: Record<string, number> = {};
  const kept = partition.records.filter(({ key, value, offset }) => {
    if (offset >= cleanable || key === null) return true;
    if (last.get(key) !== offset) return false;
    if (value !== null) return true;
    const metAt = partition.tombstones[`at ${offset}`] ?? ctx.now();
    const isDropped = rules.mayDropTombstone({ ageMicros: ctx.now() - metAt, retentionMicros });
    if (isDropped) counts.tombstonesDropped++;
    else tombstones[`at ${offset}`] = metAt;
    return !isDropped;
  });
  partition.tombstones = tombstones;
  return kept;
}

/** Writes the partition to a log of its own, and then makes that its log: whichever a crash leaves is whole. */
function switchLog<V>(topicId: number, number: number, partition: Partition<V>, { ctx }: Environment<V>): void {
  const { records, end, producers, tombstones } = partition;
  const old = partitionLog(topicId, number, partition.cleanings);
  partition.cleanings++;
  const written: CleanedOnDisk<V> = { cleaned: { records, end, producers, tombstones } };
  ctx.disk.append(partitionLog(topicId, number, partition.cleanings), written);
  ctx.disk.set(cleaningsKey(topicId, number), partition.cleanings);
  ctx.disk.truncate(old, 0);
}
