/** Producing to a partition, and fetching from it. */
import type { NodeId } from '../../framework/index.js';
import type { FetchedBatch, FetchMessage, ProducerMessage, ProduceResult } from './messages.js';
import {
  afterSync,
  cleaningsKey,
  describe,
  partitionLog,
  type BatchOnDisk,
  type BrokerState,
  type CleanedOnDisk,
  type Environment,
  type Partition,
  type Topic,
} from './state.js';

type Produce<V> = Extract<ProducerMessage<V>, { kind: 'produce' }>;
type Fetch<V> = Extract<FetchMessage<V>, { kind: 'fetch' }>;

/** Appends what is new of a batch; the answer waits until it is durable, and so it does for what was there before. */
export function onProduce<V>(
  state: BrokerState<V>,
  message: Produce<V>,
  from: NodeId,
  environment: Environment<V>,
): void {
  const { topic: name, partition: number, producerId, epoch, sequence } = message;
  const topic = state.topics[name];
  const description = topic === undefined ? { topic: name, topicId: 0, partitions: 0 } : describe(topic);
  const answer = (result: ProduceResult, next: number) =>
    ({ kind: 'produced', ...description, partition: number, producerId, epoch, next, result }) as const;
  const refusal = refusalOf(state, message);
  const partition = topic?.partitions[number];
  if (refusal !== null || topic === undefined || partition === undefined) {
    const { result, next } = refusal ?? { result: 'unknownPartition', next: 0 };
    if (result === 'fenced') state.counts.fenced++;
    environment.ctx.send(from, answer(result, next));
    return;
  }
  state.epochs[producerId] = epoch;
  const next = expected(partition, message);
  const skipped = environment.rules.newFrom({ sequence, next });
  const records = message.records.slice(skipped);
  if (skipped > 0) state.counts.duplicates++;
  if (records.length > 0) {
    const batch = { producerId, epoch, sequence: sequence + skipped, base: partition.end, records };
    applyBatch(partition, batch);
    environment.ctx.disk.append(partitionLog(topic.topicId, number, partition.cleanings), batch);
  }
  afterSync(state, environment, {
    answers: [{ to: from, message: answer('stored', Math.max(next, sequence + message.records.length)) }],
    written: { topicId: topic.topicId, partition: number, end: partition.end },
  });
}

/** Why a batch cannot be stored, and which sequence number is expected; null if it can. */
function refusalOf<V>(
  state: BrokerState<V>,
  message: Produce<V>,
): { readonly result: ProduceResult; readonly next: number } | null {
  const topic = state.topics[message.topic];
  if (topic === undefined) return { result: 'unknownTopic', next: 0 };
  if (topic.topicId !== message.topicId) return { result: 'topicRecreated', next: 0 };
  const partition = topic.partitions[message.partition];
  if (partition === undefined) return { result: 'unknownPartition', next: 0 };
  if (message.epoch < (state.epochs[message.producerId] ?? 0)) return { result: 'fenced', next: 0 };
  const next = expected(partition, message);
  return message.sequence > next ? { result: 'outOfOrder', next } : null;
}

/** The sequence number that a partition expects of a producer: 0 from each epoch. */
function expected<V>({ producers }: Partition<V>, { producerId, epoch }: Produce<V>): number {
  const known = producers[producerId];
  return known?.epoch === epoch ? known.next : 0;
}

function applyBatch<V>(partition: Partition<V>, { producerId, epoch, sequence, base, records }: BatchOnDisk<V>): void {
  for (const [place, record] of records.entries()) partition.records.push({ ...record, offset: base + place });
  partition.end = base + records.length;
  partition.producers[producerId] = { epoch, next: sequence + records.length };
}

/** A partition as the disk has it: all of that is durable. */
export function recoverPartition<V>(topicId: number, number: number, { ctx }: Environment<V>): Partition<V> {
  const cleanings = ctx.disk.get<number>(cleaningsKey(topicId, number)) ?? 0;
  const partition: Partition<V> = {
    records: [],
    end: 0,
    highWatermark: 0,
    producers: {},
    cleanings,
    tombstones: {},
  };
  for (const record of ctx.disk.read<BatchOnDisk<V> | CleanedOnDisk<V>>(partitionLog(topicId, number, cleanings)))
    if ('cleaned' in record) Object.assign(partition, record.cleaned);
    else applyBatch(partition, record);
  partition.highWatermark = partition.end;
  return partition;
}

/** Answers at once if there is something to tell; otherwise the fetch waits for records below the high-water mark. */
export function onFetch<V>(state: BrokerState<V>, fetch: Fetch<V>, from: NodeId, environment: Environment<V>): void {
  state.waiting = state.waiting.filter((one) => one.from !== from || one.fetch.topic !== fetch.topic);
  if (!serve(state, fetch, from, environment)) state.waiting.push({ from, fetch });
}

/** Looks again at the fetches that wait for `topic`. */
export function serveWaiting<V>(state: BrokerState<V>, topic: string, environment: Environment<V>): void {
  if (!state.waiting.some(({ fetch }) => fetch.topic === topic)) return;
  state.waiting = state.waiting.filter(
    ({ fetch, from }) => fetch.topic !== topic || !serve(state, fetch, from, environment),
  );
}

function serve<V>(state: BrokerState<V>, fetch: Fetch<V>, from: NodeId, { ctx, config }: Environment<V>): boolean {
  const topic = state.topics[fetch.topic];
  if (topic === undefined) return false;
  const isSame = fetch.topicId === null || fetch.topicId === topic.topicId;
  const batches = isSame ? batchesOf(topic, fetch, config.fetchRecordsMax) : [];
  const hasNews = !isSame || topic.partitions.length > fetch.partitions || batches.length > 0;
  if (hasNews) ctx.send(from, { kind: 'fetched', id: fetch.id, ...describe(topic), batches });
  return hasNews;
}

function batchesOf<V>({ partitions }: Topic<V>, { positions }: Fetch<V>, most: number): FetchedBatch<V>[] {
  const batches: FetchedBatch<V>[] = [];
  for (const { partition: number, offset } of positions) {
    const partition = partitions[number];
    if (partition === undefined || offset >= partition.highWatermark) continue;
    const { highWatermark } = partition;
    const first = placeOf(partition.records, offset);
    const records = partition.records.slice(first, first + most).filter((record) => record.offset < highWatermark);
    const last = records.length === most ? records.at(-1) : undefined;
    const next = last === undefined ? highWatermark : last.offset + 1;
    batches.push({ partition: number, from: offset, next, records, highWatermark });
  }
  return batches;
}

/** The place of the first record at `offset` or after it. */
function placeOf(records: readonly { readonly offset: number }[], offset: number): number {
  let [low, high] = [0, records.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records[middle]?.offset ?? offset) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
