/** The whole system: a source, the log, six uses of its changes with their sinks, and clients. */
import * as fc from 'fast-check';
import {
  inspection,
  machineFaults,
  MILLISECOND,
  networkFaults,
  system,
  type NodeId,
  type System,
} from '../../framework/index.js';
import { logBroker } from '../partitioned-log/index.js';
import { auditor } from './audit.js';
import { cache } from './cache.js';
import { consumersClient } from './client.js';
import type { Value } from './envelope.js';
import {
  inspectAudit,
  inspectCache,
  inspectIndex,
  inspectLog,
  inspectNotifier,
  inspectService,
  inspectSource,
  inspectWarehouse,
  type Holding,
} from './evidence.js';
import { indexInvariants, serviceInvariants } from './invariants.js';
import type { Message, Operation, RowChange } from './messages.js';
import { mutants } from './mutants.js';
import {
  AUDIT,
  BROKER,
  CACHE,
  INDEX,
  INDEXERS,
  LOG,
  NOTIFIER,
  SERVICE,
  SOURCE,
  SYNCERS,
  WAREHOUSE,
  type Table,
} from './nodes.js';
import { notifier } from './notifier.js';
import { properties } from './properties.js';
import { rules, type Rules } from './rules.js';
import { indexer, searchIndex } from './search.js';
import { source } from './source.js';
import { service, syncer } from './synchronisation.js';
import { warehouse } from './warehouse.js';

/** Few keys, so that transactions meet. */
const KEYS = ['a', 'b', 'c'] as const;
const PROBE = 'probe';

const table = fc.constantFrom<Table>('orders', 'customers');
const key = fc.constantFrom(...KEYS);
const n = fc.constant(0);

const change: fc.Arbitrary<RowChange> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), table, key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), table, key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rename' as const), table, key, to: key }) },
);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('transact' as const),
      changes: fc.array(change, { minLength: 1, maxLength: 3 }),
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
  LOG,
  SOURCE,
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
  kind: 'transact',
  changes: [{ kind: 'put', table: of, key: PROBE }],
  n: 0,
}));

/** Six uses of change data capture, which follow the topics of `cdc`. */
export const changeConsumers: System = system<Message, Operation, Rules, Holding>({
  name: 'change-consumers',
  title: 'six uses of change data capture: a cache, search, a warehouse, an audit log, domain events, another service',
  rules,
  cluster(injected) {
    const log = logBroker<Value>(BROKER, injected);
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
        [LOG]: log,
        [SOURCE]: source,
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
        inspection(source, inspectSource),
        inspection(parts.cache, inspectCache),
        inspection(parts.index, inspectIndex),
        inspection(parts.service, inspectService),
        inspection(parts.warehouse, inspectWarehouse),
        inspection(auditor, inspectAudit),
        inspection(parts.notifier, inspectNotifier),
      ],
    };
  },
  workload: {
    clients: 4,
    operation,
    number: (one, place) => (one.kind === 'transact' ? { ...one, n: place } : one),
    operationsMax: 50,
    probes: () => probes,
    finalReads: () => [...KEYS, PROBE].map((one) => ({ kind: 'lookup', key: one })),
  },
  phases: { faultsMicros: 200 * MILLISECOND, settleMicros: 150 * MILLISECOND },
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
