/** A partitioned log in the manner of Kafka, for models that publish to one or consume from it: the door. See README.md. */
export { logBroker } from './broker.js';
export {
  assign,
  commit,
  consumerHandlers,
  describeOwned,
  handled,
  startConsumer,
  subscribe,
  type Consumer,
  type ConsumerModel,
  type ConsumerSetting,
  type ConsumerTimer,
} from './consumer.js';
export type {
  AdminMessage,
  FetchedBatch,
  FetchMessage,
  GroupMessage,
  LogMessage,
  LogRecord,
  PartitionOffset,
  ProducerMessage,
  ProduceResult,
  StoredRecord,
  TopicDescription,
} from './messages.js';
export { partitionOf } from './partitioning.js';
export {
  enqueue,
  enqueueAgain,
  freshProducer,
  onDescribed,
  onProduced,
  resend,
  sendQueued,
  unacknowledgedCount,
  type Produced,
  type Producer,
  type ProducerSetting,
} from './producer.js';
export { logRules, type LogRules } from './rules.js';
export { initialTopics } from './state.js';
export type { BrokerConfig, BrokerState, CompactionConfig, LogCounts, LogTimer, Topic, TopicConfig } from './state.js';
