/** The whole system: a database, the connector that captures its changes, a broker that holds the topics, and clients. */
import * as fc from 'fast-check';
import {
  inspection,
  machineFaults,
  MILLISECOND,
  networkFaults,
  roleName,
  system,
  type System,
} from '../../framework/index.js';
import { logBroker } from '../partitioned-log/index.js';
import { cdcClient } from './client.js';
import { connector, type Deployment } from './connector/connector.js';
import type { TopicValue } from './connector/envelope.js';
import { database } from './database/database.js';
import { SMALL_BATCHES } from './connector/state.js';
import { inspectBroker, inspectConnector, inspectDatabase } from './evidence.js';
import { BROKER, CONNECTOR, DATABASE, type CdcOperation, type Message, type Statement } from './messages.js';
import { mutants } from './mutants.js';
import { properties } from './properties.js';
import { correctRules, type Rules } from './rules.js';
import { topicsOf } from './schema.js';
import { CAPTURED, SHOP } from './tables.js';

const customer = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const order = fc.constantFrom('x', 'y', 'z');

/** A row of one of the two tables with keys. */
const row = fc.oneof(
  fc.record({ table: fc.constant('customers' as const), id: customer }),
  fc.record({ table: fc.constant('orders' as const), id: order }),
);

const statement: fc.Arbitrary<Statement> = fc.oneof(
  { weight: 6, arbitrary: row.map((one) => ({ kind: 'put', ...one }) as const) },
  { weight: 3, arbitrary: row.map((one) => ({ kind: 'delete', ...one }) as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('rekey' as const),
      table: fc.constant('customers'),
      from: customer,
      to: customer,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('copy' as const),
      table: fc.constant('customers'),
      ids: fc.uniqueArray(customer, { minLength: 2, maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'truncate', table: 'orders' } as const) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('note' as const), table: fc.constantFrom('journal', 'scratch') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('snapshot' as const),
      tables: fc.constantFrom<('customers' | 'orders')[]>(['customers'], ['orders'], ['customers', 'orders']),
    }),
  },
);

const operation: fc.Arbitrary<CdcOperation> = fc.record({
  kind: fc.constant('transaction' as const),
  // Most transactions are short. A long one takes the connector several batches.
  statements: fc.oneof(
    { weight: 2, arbitrary: fc.array(statement, { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(statement, { minLength: 4, maxLength: 8 }) },
  ),
  n: fc.constant(0),
});

const nodes = [DATABASE, CONNECTOR, BROKER];

const BROKER_CONFIG = {
  topics: Object.fromEntries(topicsOf(SHOP).map(({ topic, partitions }) => [topic, { partitions, compaction: null }])),
  sessionMicros: 50 * MILLISECOND,
  rebalanceMicros: 10 * MILLISECOND,
  fetchRecordsMax: 50,
};

export function cdcCluster(rules: Rules, deployment: Deployment = {}) {
  const source = database(SHOP, rules);
  const capture = connector(SHOP, rules, deployment);
  const broker = logBroker<TopicValue>(BROKER_CONFIG);
  return {
    nodes: { [DATABASE]: source, [CONNECTOR]: capture, [BROKER]: broker },
    client: cdcClient,
    inspections: [
      inspection(source, inspectDatabase),
      inspection(capture, inspectConnector),
      inspection(broker, inspectBroker),
    ],
    roleNames: [roleName(capture, ({ phase }) => phase.kind)],
  };
}

/** A database, a connector in the manner of Debezium, and the topics that it fills. */
export const cdc: System = system({
  name: 'cdc',
  title: 'change data capture: a database, a connector in the manner of Debezium, and the topics it fills',
  rules: correctRules,
  cluster: (rules: Rules) => cdcCluster(rules),
  workload: {
    clients: 3,
    operation,
    number: (one, n) => (one.kind === 'read' ? one : { ...one, n }),
    operationsMax: 40,
    probes: (): readonly CdcOperation[] => [{ kind: 'catch-up', n: 0 }],
    finalReads: (): readonly CdcOperation[] => CAPTURED.map((table) => ({ kind: 'read', table })),
  },
  phases: { faultsMicros: 150 * MILLISECOND, settleMicros: 400 * MILLISECOND },
  tolerates: {
    ...networkFaults(nodes),
    ...machineFaults(nodes, { atOnce: nodes.length }),
    clock: { nodes, offsetMicrosMax: 50 * MILLISECOND, driftPerMillionMax: 5_000 },
    delay: { minMicros: 200, maxMicros: 5 * MILLISECOND },
    diskSync: { minMicros: 50, maxMicros: 2_000 },
    maybe: [SMALL_BATCHES],
    control: { nodes: [DATABASE], controls: { 'drop-slot': [''] } },
  },
  properties,
  mutants,
});

export type { Message };
