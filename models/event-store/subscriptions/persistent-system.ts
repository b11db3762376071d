/**
 * The store, a persistent subscription to it, and three consumers that compete for its events: a system for each consumer
 * strategy, for each promises something else of who is sent what.
 */
import {
  inspection,
  machineFaults,
  networkFaults,
  stateInvariant,
  system,
  type InvariantCheck,
  type Mutant,
  type System,
} from '../../../framework/index.js';
import { bankClient } from '../client.js';
import type { BankOperation } from '../messages.js';
import { STORE } from '../nodes.js';
import { correctRules as storeRules } from '../rules.js';
import { eventStore } from '../store.js';
import { consumer, FAILS_FOR_A_WHILE, FAILS_ONCE, LEAVES } from './consumer.js';
import { inspectLog, type Holding, type SubscriptionProperty } from './evidence.js';
import type { PersistentMessage } from './messages.js';
import { dispatchToSingleMutants, pinnedMutants, roundRobinMutants } from './mutants.js';
import { CONSUMERS, SUBSCRIPTION } from './nodes.js';
import { inOrder, inspectConsumer, inspectSubscription, persistentProperties } from './persistent-properties.js';
import { persistentRules, type PersistentRules } from './persistent-rules.js';
import { persistentSubscription, REPLAYS } from './persistent-subscription.js';
import { dispatchToSingle, pinned, roundRobin, type ConsumerStrategy } from './strategies.js';
import { IN_TURN, inTurn, ONE_CONSUMER, ONE_WORKS, oneConsumer, oneWorks } from './strategy-invariants.js';
import type { SubscriptionState } from './subscription-state.js';
import { bankWorkload, connected } from './workload.js';

const nodes = [STORE, SUBSCRIPTION, ...CONSUMERS];

/** A strategy, and what it promises beside what all do. */
interface Variant {
  readonly name: string;
  readonly title: string;
  readonly consumerFor: ConsumerStrategy;
  readonly invariant: readonly [name: string, check: () => InvariantCheck<SubscriptionState>];
  readonly properties: readonly SubscriptionProperty[];
  readonly mutants: Readonly<Record<string, Mutant<PersistentRules>>>;
}

const persistent = ({ name, title, consumerFor, invariant, properties, mutants }: Variant): System =>
  system<PersistentMessage, BankOperation, PersistentRules, Holding>({
    name,
    title,
    rules: { ...persistentRules, consumerFor },
    cluster(rules) {
      const store = eventStore(storeRules);
      const subscription = persistentSubscription(rules);
      const worker = consumer(rules);
      return {
        nodes: {
          [STORE]: store,
          [SUBSCRIPTION]: subscription,
          ...Object.fromEntries(CONSUMERS.map((one) => [one, worker])),
        },
        client: bankClient,
        invariants: [stateInvariant(subscription, ...invariant)],
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
    properties: [...persistentProperties, ...properties],
    mutants,
  });

/** Subscriptions that the server keeps, with competing consumers: all events of a stream go to one of them. */
export const persistentPinned = persistent({
  name: 'event-store-persistent',
  title: 'a persistent subscription with competing consumers: every event is handled at least once, or parked',
  consumerFor: pinned,
  invariant: [ONE_CONSUMER, oneConsumer],
  properties: [inOrder],
  mutants: pinnedMutants,
});

/** The same, but consumers take turns: no order within a stream is promised. */
export const persistentRoundRobin = persistent({
  name: 'event-store-round-robin',
  title: 'a persistent subscription whose consumers take turns: no order, but every event is handled, or parked',
  consumerFor: roundRobin,
  invariant: [IN_TURN, inTurn],
  properties: [],
  mutants: roundRobinMutants,
});

/** The same, but one consumer gets all events, as long as it is there. */
export const persistentSingle = persistent({
  name: 'event-store-single',
  title:
    'a persistent subscription with one consumer at work and others that stand by: every event is handled, or parked',
  consumerFor: dispatchToSingle,
  invariant: [ONE_WORKS, oneWorks],
  properties: [],
  mutants: dispatchToSingleMutants,
});
