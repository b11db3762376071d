/** The store, a read-only replica of it, and two projections on catch-up subscriptions to the replica. */
import { inspection, machineFaults, networkFaults, system, type System } from '../../../framework/index.js';
import { bankClient } from '../client.js';
import type { BankOperation } from '../messages.js';
import { STORE } from '../nodes.js';
import { correctRules as storeRules } from '../rules.js';
import { eventStore } from '../store.js';
import { catchUpProperties, inspectSubscriber } from './catch-up-properties.js';
import { catchUpRules, type CatchUpRules } from './catch-up-rules.js';
import { inspectLog, type Holding } from './evidence.js';
import type { CatchUpMessage } from './messages.js';
import { catchUpMutants } from './mutants.js';
import { CENSUS, REPLICA, TURNOVER } from './nodes.js';
import { replica } from './replica.js';
import { subscriber } from './subscriber.js';
import { pageLength } from './timing.js';
import { census, turnover } from './views.js';
import { bankWorkload, connected } from './workload.js';

const PROJECTIONS = [TURNOVER, CENSUS];
const nodes = [STORE, REPLICA, ...PROJECTIONS];

/** `limit` is the length of the pages in which history is read. */
export function catchUpCluster(rules: CatchUpRules, limit: number = pageLength) {
  const store = eventStore(storeRules);
  const ofTurnover = subscriber(rules, turnover, limit);
  const ofCensus = subscriber(rules, census, limit);
  return {
    nodes: { [STORE]: store, [REPLICA]: replica(), [TURNOVER]: ofTurnover, [CENSUS]: ofCensus },
    client: bankClient,
    inspections: [
      inspection(store, inspectLog),
      inspection(ofTurnover, inspectSubscriber),
      inspection(ofCensus, inspectSubscriber),
    ],
    fifo: connected(REPLICA, PROJECTIONS),
  };
}

/** Subscriptions that read history first, then what is new. */
export const catchUpSubscriptions: System = system<CatchUpMessage, BankOperation, CatchUpRules, Holding>({
  name: 'event-store-catch-up',
  title: 'catch-up subscriptions: history in pages, a hand-over to live, and projections with checkpointed state',
  rules: catchUpRules,
  cluster: (rules) => catchUpCluster(rules),
  workload: bankWorkload,
  phases: { faultsMicros: 150_000, settleMicros: 200_000 },
  tolerates: {
    ...networkFaults(nodes),
    ...machineFaults(nodes, { atOnce: nodes.length }),
    slowDisk: { nodes, extraMicrosMax: 10_000 },
    clock: { nodes, offsetMicrosMax: 50_000, driftPerMillionMax: 5_000 },
    delay: { minMicros: 200, maxMicros: 5_000 },
    diskSync: { minMicros: 50, maxMicros: 4_000 },
  },
  properties: catchUpProperties,
  mutants: catchUpMutants,
});
