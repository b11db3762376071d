/** The nodes and topics by name, and what the broker is told about them. */
import { MILLISECOND } from '../../../framework/index.js';
import type { BrokerConfig } from '../../partitioned-log/index.js';
import { topicOf, topicsOf } from '../schema.js';
import { SOURCE } from './tables.js';
import { REBALANCE_MICROS, SESSION_MICROS } from './timing.js';

export { BROKER, CONNECTOR, DATABASE } from '../messages.js';
export const CACHE = 'cache';
export const INDEXERS = ['indexer1', 'indexer2'] as const;
export const INDEX = 'index';
export const WAREHOUSE = 'warehouse';
export const AUDIT = 'audit';
export const NOTIFIER = 'notifier';
export const SYNCERS = ['syncer1', 'syncer2'] as const;
export const SERVICE = 'service';

export const TOPIC_OF = { orders: topicOf('orders'), customers: topicOf('customers') } as const;
export const EVENTS_TOPIC = 'order-events';

/** Longer than any consumer lags: the faults of a run, and the time to recover from them. */
const COMPACTION = {
  intervalMicros: 20 * MILLISECOND,
  activeRecords: 2,
  tombstoneRetentionMicros: 300 * MILLISECOND,
};

/**
 * Orders are kept whole, for those who need every change, and get more partitions in time. Customers are compacted, for
 * those who need the present state; that topic keeps its partitions, since a key that moved would leave its last record
 * behind for ever, and is created anew instead.
 */
export const BROKER_CONFIG: BrokerConfig = {
  topics: {
    ...Object.fromEntries(
      topicsOf(SOURCE).map(({ topic, partitions }) => [
        topic,
        { partitions, compaction: topic === TOPIC_OF.customers ? COMPACTION : null },
      ]),
    ),
    [EVENTS_TOPIC]: { partitions: 2, compaction: null },
  },
  sessionMicros: SESSION_MICROS,
  rebalanceMicros: REBALANCE_MICROS,
  fetchRecordsMax: 16,
};
