/** The whole system: a command side with its outbox, a relay, three read models, an API, and clients of a shop. */
import * as fc from 'fast-check';
import {
  inspection,
  machineFaults,
  MILLISECOND,
  networkFaults,
  system,
  type Cluster,
  type System,
} from '../../framework/index.js';
import { api } from './api.js';
import { cache } from './cache.js';
import { shopClient } from './client.js';
import { commandSide } from './command-side.js';
import { inspectCache, inspectOrders, inspectRelay, inspectSearch, inspectTable, type Holding } from './evidence.js';
import { invariants } from './invariants.js';
import { isCommand, type Message, type Operation } from './messages.js';
import { mutants } from './mutants.js';
import {
  API,
  CACHE,
  CUSTOMERS,
  NODES,
  ORDER_IDS,
  ORDERS,
  PROBE_ORDER,
  RELAY,
  SEARCH,
  SUBSCRIBERS,
  TABLE,
  WORDS,
} from './nodes.js';
import { properties } from './properties.js';
import { relay } from './relay.js';
import { correctRules, type Rules } from './rules.js';
import { searchIndex } from './search-index.js';
import { tableServer } from './table-server.js';

const order = fc.constantFrom(...ORDER_IDS);
const customer = fc.constantFrom(...CUSTOMERS);
const item = fc.constantFrom(...WORDS);
const mine = fc.boolean();
const n = fc.constant(0);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 7,
    arbitrary: fc.record({ kind: fc.constant('create' as const), order, customer, name: customer, item, n }),
  },
  { weight: 9, arbitrary: fc.record({ kind: fc.constant('add' as const), order, item, n }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('ship' as const), order, n }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('get' as const), order, mine }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('list' as const), customer, mine }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('search' as const), word: item }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('rebuild' as const), model: fc.constantFrom(...SUBSCRIBERS) }),
  },
);

/** Names and items tell commands apart; an item keeps its word. */
function number(given: Operation, place: number): Operation {
  if (!isCommand(given)) return given;
  switch (given.kind) {
    case 'create':
      return { ...given, name: `${given.customer} ${place}`, item: `${given.item} ${place}`, n: place };
    case 'add':
      return { ...given, item: `${given.item} ${place}`, n: place };
    case 'ship':
      return { ...given, n: place };
  }
}

const gets = (orders: readonly string[]): Operation[] =>
  orders.map((one) => ({ kind: 'get', order: one, mine: false }));

/** A command on an order of its own, and what clients are shown of all others, from the cache if it has them. */
const probes: readonly Operation[] = [
  { kind: 'create', order: PROBE_ORDER, customer: CUSTOMERS[0], name: '', item: WORDS[0], n: 0 },
  ...gets(ORDER_IDS),
];

const finalReads: readonly Operation[] = [
  { kind: 'log' },
  ...gets([PROBE_ORDER]),
  ...CUSTOMERS.map((one): Operation => ({ kind: 'list', customer: one, mine: false })),
  ...WORDS.map((word): Operation => ({ kind: 'search', word })),
];

export function cqrsCluster(rules: Rules = correctRules): Cluster<Message, Operation, Holding> {
  const orders = commandSide(rules);
  const outbox = relay(rules);
  const table = tableServer(rules);
  const search = searchIndex(rules);
  const rows = cache(rules);
  return {
    nodes: { [API]: api(rules), [ORDERS]: orders, [RELAY]: outbox, [TABLE]: table, [SEARCH]: search, [CACHE]: rows },
    client: shopClient,
    invariants: invariants(table, search),
    inspections: [
      inspection(orders, inspectOrders),
      inspection(outbox, inspectRelay),
      inspection(table, inspectTable),
      inspection(search, inspectSearch),
      inspection(rows, inspectCache),
    ],
  };
}

/** Commands and events, an outbox, and three read models that follow it. */
export const cqrs: System = system<Message, Operation, Rules, Holding>({
  name: 'cqrs',
  title: 'commands and events, an outbox, and three read models that follow it: a table, a search index and a cache',
  rules: correctRules,
  cluster: cqrsCluster,
  workload: {
    clients: 4,
    operation,
    number,
    operationsMax: 90,
    probes: () => probes,
    finalReads: () => finalReads,
  },
  phases: { faultsMicros: 200 * MILLISECOND, settleMicros: 200 * MILLISECOND },
  tolerates: {
    ...networkFaults(NODES),
    ...machineFaults(NODES, { atOnce: NODES.length }),
    syncError: { nodes: NODES },
    clock: { nodes: NODES, offsetMicrosMax: 50 * MILLISECOND, driftPerMillionMax: 5_000 },
    maybe: ['evict'],
    delay: { minMicros: 200, maxMicros: 5 * MILLISECOND },
    diskSync: { minMicros: 50, maxMicros: 4 * MILLISECOND },
  },
  properties,
  mutants,
});
