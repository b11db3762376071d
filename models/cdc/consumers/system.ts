/** The whole system: a database, the connector that captures its changes, the log, six uses of its changes with their sinks, and clients. */
import * as fc from 'fast-check';
import {
  inspection,
  machineFaults,
  MILLISECOND,
  networkFaults,
  roleName,
  system,
  type NodeId,
  type System,
} from '../../../framework/index.js';
import { describeOwned, logBroker } from '../../partitioned-log/index.js';
import { connector, type Deployment } from '../connector/connector.js';
import { database } from '../database/database.js';
import type { Statement } from '../messages.js';
import { correctRules } from '../rules.js';
import { auditor } from './audit.js';
import { cache } from './cache.js';
import { consumersClient } from './client.js';
import type { Value } from './envelope.js';
import {
  inspectAudit,
  inspectCache,
  inspectConnector,
  inspectDatabase,
  inspectIndex,
  inspectLog,
  inspectNotifier,
  inspectService,
  inspectWarehouse,
  type Holding,
} from './evidence.js';
import { indexInvariants, serviceInvariants } from './invariants.js';
import type { Message, Operation } from './messages.js';
import { mutants } from './mutants.js';
import {
  AUDIT,
  BROKER,
  BROKER_CONFIG,
  CACHE,
  CONNECTOR,
  DATABASE,
  INDEX,
  INDEXERS,
  NOTIFIER,
  SERVICE,
  SYNCERS,
  WAREHOUSE,
} from './nodes.js';
import { notifier } from './notifier.js';
import { properties } from './properties.js';
import { rules, type Rules } from './rules.js';
import { indexer, searchIndex } from './search.js';
import { service, syncer } from './synchronisation.js';
import { SOURCE, type TableName } from './tables.js';
import { METADATA_MICROS } from './timing.js';
import { warehouse } from './warehouse.js';

/** The slot is there from the beginning, and so is the connector: every change is an event, and no row is read but for a new topic. */
const DEPLOYMENT: Deployment = { mode: 'no_data', withinMicros: 0, metadataMicros: METADATA_MICROS };

/** Few keys, so that transactions meet. */
const KEYS = ['a', 'b', 'c'] as const;
const PROBE = 'probe';

const table = fc.constantFrom<TableName>('orders', 'customers');
const key = fc.constantFrom(...KEYS);
const n = fc.constant(0);

const statement: fc.Arbitrary<Statement> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), table, id: key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), table, id: key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rekey' as const), table, from: key, to: key }) },
);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('transaction' as const),
      statements: fc.array(statement, { minLength: 1, maxLength: 3 }),
      n,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('lookup' as const), key }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('grow' as const), partitions: fc.integer({ min: 3, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('recreate' as const) }) },
);

const nodes: readonly NodeId[] = [
  BROKER,
  DATABASE,
  CONNECTOR,
  CACHE,
  ...INDEXERS,
  INDEX,
  ...SYNCERS,
  SERVICE,
  WAREHOUSE,
  AUDIT,
  NOTIFIER,
];

const probes: readonly Operation[] = (['orders', 'customers'] as const).map((of) => ({
  kind: 'transaction',
  statements: [{ kind: 'put', table: of, id: PROBE }],
  n: 0,
}));

/** Six uses of change data capture, which follow the topics of `cdc`. */
export const changeConsumers: System = system<Message, Operation, Rules, Holding>({
  name: 'change-consumers',
  title: 'six uses of change data capture: a cache, search, a warehouse, an audit log, domain events, another service',
  rules,
  cluster(injected) {
    const log = logBroker<Value>(BROKER_CONFIG, injected);
    const source = database(SOURCE, correctRules);
    const capture = connector(SOURCE, correctRules, DEPLOYMENT);
    const parts = {
      cache: cache(injected),
      index: searchIndex(injected),
      service: service(injected),
      warehouse: warehouse(injected),
      notifier: notifier(injected),
    };
    const [indexing, syncing] = [indexer(injected), syncer(injected)];
    return {
      nodes: {
        [BROKER]: log,
        [DATABASE]: source,
        [CONNECTOR]: capture,
        [CACHE]: parts.cache,
        ...Object.fromEntries(INDEXERS.map((name) => [name, indexing])),
        [INDEX]: parts.index,
        ...Object.fromEntries(SYNCERS.map((name) => [name, syncing])),
        [SERVICE]: parts.service,
        [WAREHOUSE]: parts.warehouse,
        [AUDIT]: auditor,
        [NOTIFIER]: parts.notifier,
      },
      client: consumersClient,
      invariants: [...indexInvariants(parts.index), ...serviceInvariants(parts.service)],
      inspections: [
        inspection(log, inspectLog),
        inspection(source, inspectDatabase),
        inspection(capture, inspectConnector),
        inspection(parts.cache, inspectCache),
        inspection(parts.index, inspectIndex),
        inspection(parts.service, inspectService),
        inspection(parts.warehouse, inspectWarehouse),
        inspection(auditor, inspectAudit),
        inspection(parts.notifier, inspectNotifier),
      ],
      roleNames: [
        roleName(capture, ({ phase }) => phase.kind),
        ...[indexing, syncing].map((worker) => roleName(worker, ({ consumer }) => describeOwned(consumer))),
      ],
    };
  },
  workload: {
    clients: 4,
    operation,
    number: (one, place) => (one.kind === 'transaction' ? { ...one, n: place } : one),
    operationsMax: 50,
    probes: () => probes,
    finalReads: () => [...KEYS, PROBE].map((one) => ({ kind: 'lookup', key: one })),
  },
  phases: { faultsMicros: 200 * MILLISECOND, settleMicros: 250 * MILLISECOND },
  tolerates: {
    ...networkFaults(nodes),
    ...machineFaults(nodes, { atOnce: nodes.length }),
    // Members of groups twice: a pause beyond the session time-out is what makes a zombie.
    pause: { nodes: [...nodes, ...INDEXERS, ...SYNCERS] },
    delay: { minMicros: 200, maxMicros: 4 * MILLISECOND },
    diskSync: { minMicros: 50, maxMicros: 1_000 },
  },
  properties,
  mutants,
});
