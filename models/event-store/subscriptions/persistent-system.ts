/** The store, a persistent subscription to it, and three consumers that compete for its events. */
import {
  inspection,
  machineFaults,
  networkFaults,
  stateInvariant,
  system,
  type System,
} from '../../../framework/index.js';
import { bankClient } from '../client.js';
import type { BankOperation } from '../messages.js';
import { STORE } from '../nodes.js';
import { correctRules as storeRules } from '../rules.js';
import { eventStore } from '../store.js';
import { consumer, FAILS_FOR_A_WHILE, FAILS_ONCE, LEAVES } from './consumer.js';
import { inspectLog, type Holding } from './evidence.js';
import type { PersistentMessage } from './messages.js';
import { persistentMutants } from './mutants.js';
import { CONSUMERS, SUBSCRIPTION } from './nodes.js';
import {
  inspectConsumer,
  inspectSubscription,
  ONE_CONSUMER,
  oneConsumer,
  persistentProperties,
} from './persistent-properties.js';
import { persistentRules, type PersistentRules } from './persistent-rules.js';
import { persistentSubscription, REPLAYS } from './persistent-subscription.js';
import { bankWorkload, connected } from './workload.js';

const nodes = [STORE, SUBSCRIPTION, ...CONSUMERS];

/** Subscriptions that the server keeps, with competing consumers. */
export const persistentSubscriptions: System = system<PersistentMessage, BankOperation, PersistentRules, Holding>({
  name: 'event-store-persistent',
  title: 'a persistent subscription with competing consumers: every event is handled at least once, or parked',
  rules: persistentRules,
  cluster(rules) {
    const store = eventStore(storeRules);
    const subscription = persistentSubscription(rules);
    const worker = consumer(rules);
    return {
      nodes: {
        [STORE]: store,
        [SUBSCRIPTION]: subscription,
        ...Object.fromEntries(CONSUMERS.map((name) => [name, worker])),
      },
      client: bankClient,
      invariants: [stateInvariant(subscription, ONE_CONSUMER, oneConsumer)],
      inspections: [
        inspection(store, inspectLog),
        inspection(subscription, inspectSubscription),
        inspection(worker, inspectConsumer),
      ],
      fifo: connected(SUBSCRIPTION, CONSUMERS),
    };
  },
  workload: bankWorkload,
  phases: { faultsMicros: 150_000, settleMicros: 200_000 },
  tolerates: {
    ...networkFaults(nodes),
    ...machineFaults(nodes, { atOnce: nodes.length }),
    slowDisk: { nodes, extraMicrosMax: 10_000 },
    clock: { nodes, offsetMicrosMax: 50_000, driftPerMillionMax: 5_000 },
    control: { nodes: [SUBSCRIPTION], controls: { 'replay-parked': [''] } },
    maybe: [FAILS_ONCE, FAILS_FOR_A_WHILE, LEAVES, REPLAYS],
    delay: { minMicros: 200, maxMicros: 5_000 },
    diskSync: { minMicros: 50, maxMicros: 4_000 },
  },
  properties: persistentProperties,
  mutants: persistentMutants,
});
