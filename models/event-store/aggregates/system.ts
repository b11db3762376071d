/** The whole system: a store of streams, two services with caches, a transfer process, and clients that run a shop's bank. */
import * as fc from 'fast-check';
import {
  inspection,
  machineFaults,
  networkFaults,
  system,
  type NodeId,
  type System,
} from '../../../framework/index.js';
import { streamStore } from '../streams/store.js';
import { aggregatesClient } from './client.js';
import { inspectService, inspectStore } from './evidence.js';
import { aggregateInvariants } from './invariants.js';
import { mutants } from './mutants.js';
import { SERVICES, STORE, TRANSFERS } from './nodes.js';
import { isCommand, type Operation } from './operations.js';
import { properties } from './properties.js';
import { rules as correctRules, type Rules } from './rules.js';
import { service } from './service.js';
import { transferProcess } from './transfers.js';

/** Few, so that commands meet. */
const ACCOUNTS = ['alice', 'bob', 'carol'] as const;
const ORDERS = ['order1', 'order2'] as const;

/** Opened after healing, by probes: whatever happens to it, nothing hides behind it. */
const PROBE_ACCOUNT = 'dave';

const account = fc.constantFrom(...ACCOUNTS);
const order = fc.constantFrom(...ORDERS);
const amount = fc.integer({ min: 1, max: 50 });
const quantity = fc.integer({ min: 1, max: 3 });
const n = fc.constant(0);
const pair = fc.constantFrom(
  ...ACCOUNTS.flatMap((from) => ACCOUNTS.flatMap((to) => (from === to ? [] : [{ from, to }]))),
);

const kind = <K extends string>(...kinds: K[]) => fc.constantFrom(...kinds);

const FAULTS_MICROS = 150_000;

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: kind('open'), account, n }) },
  { weight: 6, arbitrary: fc.record({ kind: kind('deposit'), account, amount: fc.integer({ min: 20, max: 99 }), n }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('withdraw'), account, amount, n }) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(pair, fc.integer({ min: 1, max: 20 }))
      .map(([one, sum]): Operation => ({ kind: 'transfer', ...one, amount: sum, n: 0 })),
  },
  { weight: 6, arbitrary: fc.record({ kind: kind('place', 'ship', 'cancel', 'remove'), order, n }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('add line'), order, quantity, n }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('note'), n }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('truncate', 'balance'), account }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('look'), order }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('as of'), account, version: fc.integer({ min: 0, max: 12 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('back at'), account, micros: fc.integer({ min: 0, max: FAULTS_MICROS }) }),
  },
);

const nodes: readonly NodeId[] = [STORE, ...SERVICES, TRANSFERS];

/** Asked of accounts that have been busy, and of one that has not. No rivals: see the README of the folder above. */
const probes: readonly Operation[] = [
  { kind: 'open', account: PROBE_ACCOUNT, n: 0 },
  { kind: 'note', n: 0 },
];

const finalReads: readonly Operation[] = [
  ...[...ACCOUNTS, PROBE_ACCOUNT].map((one): Operation => ({ kind: 'balance', account: one })),
  ...ORDERS.map((one): Operation => ({ kind: 'look', order: one })),
  ...ACCOUNTS.map((one): Operation => ({ kind: 'back at', account: one, micros: FAULTS_MICROS / 2 })),
  ...ACCOUNTS.map((one): Operation => ({ kind: 'as of', account: one, version: 1 })),
  { kind: 'notes' },
];

/** Aggregates, snapshots and process managers over an event store. */
export const eventStoreAndAggregates: System = system({
  name: 'event-store-aggregates',
  title: 'aggregates with caches, snapshots and old schemas on a store that truncates, deletes and scavenges',
  rules: correctRules,
  cluster(rules: Rules) {
    const store = streamStore(rules);
    const services = service(rules);
    const named = Object.fromEntries(SERVICES.map((name) => [name, services]));
    return {
      nodes: { [STORE]: store, ...named, [TRANSFERS]: transferProcess(rules) },
      client: aggregatesClient,
      // Services talk to clients over connections; everything else may be lost, doubled and overtaken.
      fifo: (from: NodeId, to: NodeId) => !(nodes.includes(from) && nodes.includes(to)),
      invariants: aggregateInvariants(store, services),
      inspections: [inspection(store, inspectStore), inspection(services, inspectService)],
    };
  },
  workload: {
    clients: 4,
    operation,
    number: (one, place) => (isCommand(one) ? { ...one, n: place } : one),
    operationsMax: 60,
    probes: () => probes,
    finalReads: () => finalReads,
  },
  phases: { faultsMicros: FAULTS_MICROS, settleMicros: 300_000 },
  tolerates: {
    ...networkFaults(nodes),
    ...machineFaults(nodes, { atOnce: nodes.length }),
    slowDisk: { nodes, extraMicrosMax: 10_000 },
    clock: { nodes, offsetMicrosMax: 50_000, driftPerMillionMax: 5_000, backwards: true, slews: true },
    delay: { minMicros: 200, maxMicros: 5_000 },
    diskSync: { minMicros: 50, maxMicros: 4_000 },
  },
  properties,
  mutants,
});
