/** What administrators do to topics: describe them, give them more partitions, delete and create them again. */
import type { NodeId } from '../../framework/index.js';
import { rebalanceGroupsOf } from './groups.js';
import type { AdminMessage, TopicDescription } from './messages.js';
import { recoverPartition, serveWaiting } from './partitions.js';
import { afterSync, describe, emptyPartition, partitionLog, type BrokerState, type Environment } from './state.js';

type Message<K extends AdminMessage['kind']> = Extract<AdminMessage, { kind: K }>;

const TOPICS_LOG = 'topics';

export function onDescribeTopic<V>(
  state: BrokerState<V>,
  { id, topic: name }: Message<'describeTopic'>,
  from: NodeId,
  { ctx }: Environment<V>,
): void {
  const topic = state.topics[name];
  if (topic !== undefined) ctx.send(from, { kind: 'topicDescribed', id, ...describe(topic) });
}

export function onGrowTopic<V>(
  state: BrokerState<V>,
  { id, topic: name, partitions }: Message<'growTopic'>,
  from: NodeId,
  environment: Environment<V>,
): void {
  const topic = state.topics[name];
  if (topic === undefined) return;
  const { topicId } = topic;
  // No fewer than it has, or will have by what is on its way to the disk: the last description there is the one that counts.
  const decided = state.syncs.flatMap(({ topic: pending }) =>
    pending?.topicId === topicId ? [pending.partitions] : [],
  );
  const description = { topic: name, topicId, partitions: Math.max(partitions, topic.partitions.length, ...decided) };
  change(state, { id, from, description }, environment);
}

export function onRecreateTopic<V>(
  state: BrokerState<V>,
  { id, topic: name, topicId, partitions }: Message<'recreateTopic'>,
  from: NodeId,
  environment: Environment<V>,
): void {
  const topic = state.topics[name];
  if (topic === undefined) return;
  if (topic.topicId !== topicId) {
    environment.ctx.send(from, { kind: 'topicDescribed', id, ...describe(topic) });
    return;
  }
  state.lastTopicId++;
  change(state, { id, from, description: { topic: name, topicId: state.lastTopicId, partitions } }, environment);
}

/** The change is on disk before it counts. */
function change<V>(
  state: BrokerState<V>,
  { id, from, description }: { readonly id: string; readonly from: NodeId; readonly description: TopicDescription },
  environment: Environment<V>,
): void {
  environment.ctx.disk.append(TOPICS_LOG, description);
  const message = { kind: 'topicDescribed', id, ...description } as const;
  afterSync(state, environment, { topic: description, answers: [{ to: from, message }] });
}

/** The change counts: the topic has more partitions, or is a new one, and all who consume it are told. */
export function applyChange<V>(
  state: BrokerState<V>,
  { topic: name, topicId, partitions }: TopicDescription,
  environment: Environment<V>,
): void {
  const topic = state.topics[name];
  // What was decided before a recreation is void after it.
  if (topic === undefined || topicId < topic.topicId) return;
  const isNew = topicId > topic.topicId;
  if (isNew) {
    for (const [number, { cleanings }] of topic.partitions.entries())
      environment.ctx.disk.truncate(partitionLog(topic.topicId, number, cleanings), 0);
    topic.topicId = topicId;
    topic.partitions = [];
    state.counts.recreated++;
  } else if (partitions > topic.partitions.length) state.counts.grown++;
  else return;
  while (topic.partitions.length < partitions) topic.partitions.push(emptyPartition<V>());
  serveWaiting(state, name, environment);
  rebalanceGroupsOf(state, name, environment);
}

/** The topics as the disk has them. */
export function recoverTopics<V>(state: BrokerState<V>, environment: Environment<V>): void {
  const latest = new Map<string, TopicDescription>();
  for (const description of environment.ctx.disk.read<TopicDescription>(TOPICS_LOG)) {
    state.lastTopicId = Math.max(state.lastTopicId, description.topicId);
    if (description.topicId >= (latest.get(description.topic)?.topicId ?? 0))
      latest.set(description.topic, description);
  }
  for (const topic of Object.values(state.topics)) {
    const { topicId, partitions } = latest.get(topic.topic) ?? describe(topic);
    topic.topicId = topicId;
    topic.partitions = Array.from({ length: partitions }, (_, number) =>
      recoverPartition<V>(topicId, number, environment),
    );
    for (const { producers } of topic.partitions)
      for (const [producerId, { epoch }] of Object.entries(producers))
        state.epochs[producerId] = Math.max(epoch, state.epochs[producerId] ?? 0);
  }
}
