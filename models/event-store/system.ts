/** The whole system: one event store, two projections, and clients that run a bank on them. */
import * as fc from 'fast-check';
import { inspection, machineFaults, networkFaults, system, type System } from '../../framework/index.js';
import { ACCOUNTS, ALL_ACCOUNTS, PROBE_ACCOUNT } from './accounts.js';
import { bankClient } from './client.js';
import { inspectProjection, inspectStore, type Holding } from './evidence.js';
import { isCommand, type BankOperation } from './messages.js';
import { mutants } from './mutants.js';
import { PROJECTIONS, STORE } from './nodes.js';
import { projection } from './projection.js';
import { properties } from './properties.js';
import { correctRules, type Rules } from './rules.js';
import { eventStore } from './store.js';

const account = fc.constantFrom(...ACCOUNTS);
const amount = fc.integer({ min: 1, max: 50 });
const n = fc.constant(0);

const operation: fc.Arbitrary<BankOperation> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('open' as const), account, n }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('deposit' as const), account, amount, n }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), account, amount, n }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('events' as const), account }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('balance' as const), account, at: fc.constantFrom(...PROJECTIONS) }),
  },
);

const nodes = [STORE, ...PROJECTIONS];

const rows = (accounts: readonly string[]): BankOperation[] =>
  accounts.flatMap((one) => PROJECTIONS.map((at) => ({ kind: 'balance', account: one, at })));

/**
 * What the read models show before an append wakes them, and then one append, to a stream of its own. No rivals: a race
 * among probes would be the smallest schedule of every mutant that loses races. That rivals are served after healing is
 * judged from the operations that are still under way then.
 */
const probes: readonly BankOperation[] = [...rows(ACCOUNTS), { kind: 'open', account: PROBE_ACCOUNT, n: 0 }];

const finalReads: readonly BankOperation[] = [
  ...ALL_ACCOUNTS.map((one): BankOperation => ({ kind: 'events', account: one })),
  ...rows(ALL_ACCOUNTS),
];

/** A transactional event store, and projections that follow it. */
export const eventStoreAndProjections: System = system({
  name: 'event-store',
  title: 'a transactional event store with optimistic concurrency, and projections that follow it to the last event',
  rules: correctRules,
  cluster(rules: Rules) {
    const store = eventStore(rules);
    const readModel = projection(rules);
    return {
      nodes: { [STORE]: store, ...Object.fromEntries(PROJECTIONS.map((name) => [name, readModel])) },
      client: bankClient,
      inspections: [inspection(store, inspectStore), inspection(readModel, inspectProjection)],
    };
  },
  workload: {
    clients: 4,
    operation,
    number: (one, place) => (isCommand(one) ? { ...one, n: place } : one),
    operationsMax: 80,
    probes: () => probes,
    finalReads: () => finalReads,
  },
  phases: { faultsMicros: 150_000, settleMicros: 250_000 },
  tolerates: {
    ...networkFaults(nodes),
    ...machineFaults(nodes, { atOnce: nodes.length }),
    slowDisk: { nodes, extraMicrosMax: 10_000 },
    clock: { nodes, offsetMicrosMax: 50_000, driftPerMillionMax: 5_000 },
    delay: { minMicros: 200, maxMicros: 5_000 },
    diskSync: { minMicros: 50, maxMicros: 4_000 },
  },
  properties,
  mutants,
});

export type { Holding };
