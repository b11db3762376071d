/** The nodes and topics by name, and what the broker is told about them. */
import { MILLISECOND } from '../../framework/index.js';
import type { BrokerConfig } from '../partitioned-log/index.js';
import { REBALANCE_MICROS, SESSION_MICROS } from './timing.js';

export const LOG = 'log';
export const SOURCE = 'source';
export const CACHE = 'cache';
export const INDEXERS = ['indexer1', 'indexer2'] as const;
export const INDEX = 'index';
export const WAREHOUSE = 'warehouse';
export const AUDIT = 'audit';
export const NOTIFIER = 'notifier';
export const SYNCERS = ['syncer1', 'syncer2'] as const;
export const SERVICE = 'service';

/** The tables of the source. Debezium names a topic after its server, its schema and its table. */
export type Table = 'orders' | 'customers';
export const SERVER = 'shop';
export const SCHEMA = 'public';

export const TOPIC_OF = { orders: `${SERVER}.${SCHEMA}.orders`, customers: `${SERVER}.${SCHEMA}.customers` } as const;
export const EVENTS_TOPIC = 'order-events';

/**
 * Orders are kept whole, for those who need every change, and get more partitions in time. Customers are compacted, for
 * those who need the present state; that topic keeps its partitions, since a key that moved would leave its last record
 * behind for ever, and is created anew instead.
 */
export const BROKER: BrokerConfig = {
  topics: {
    [TOPIC_OF.orders]: { partitions: 2, compaction: null },
    [TOPIC_OF.customers]: {
      partitions: 2,
      compaction: {
        intervalMicros: 20 * MILLISECOND,
        activeRecords: 2,
        // Longer than any consumer lags: the faults of a run, and the time to recover from them.
        tombstoneRetentionMicros: 300 * MILLISECOND,
      },
    },
    [EVENTS_TOPIC]: { partitions: 2, compaction: null },
  },
  sessionMicros: SESSION_MICROS,
  rebalanceMicros: REBALANCE_MICROS,
  fetchRecordsMax: 16,
};
