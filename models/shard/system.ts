/** The sharded store as a system to be tried: its cluster, its workload, the faults it claims to bear, and its promises. */
import * as fc from 'fast-check';
import {
  inspection,
  machineFaults,
  MILLISECOND,
  networkFaults,
  roleName,
  system,
  type NodeId,
  type Role,
  type System,
} from '../../framework/index.js';
import { shardClient } from './client.js';
import type { Operation } from './commands.js';
import { describePlace, SERVERS, SLOTS } from './configuration.js';
import { shardInvariants } from './invariants.js';
import { SERVICE, type Message } from './messages.js';
import { mutants } from './mutants.js';
import { inspectServer, inspectService, shardProperties, type Inspection } from './properties.js';
import { rules, type Rules } from './rules.js';
import { shardServer } from './server.js';
import { configurationService } from './service.js';
import { FAULTS_MICROS, SETTLE_MICROS } from './timing.js';

/** Two of each slot. */
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

/** One of each slot, written after healing only, so that they hide nothing of what happened to the others. */
const PROBES = ['pa', 'pb', 'pc'] as const;

const EVERYBODY: readonly NodeId[] = [SERVICE, ...SERVERS];

const key = fc.constantFrom(...KEYS);
const value = fc.constant('');

const operation: fc.Arbitrary<Operation> = fc.oneof<fc.MaybeWeightedArbitrary<Operation>[]>(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('get'), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('put'), key, value }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append'), key, value }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('cas'), key, from: fc.constantFrom(null, 'p1', ',a2'), to: value }),
  },
);

/** No value is written twice. */
function number(given: Operation, n: number): Operation {
  switch (given.kind) {
    case 'get':
      return given;
    case 'put':
      return { ...given, value: `p${n}` };
    case 'append':
      return { ...given, value: `,a${n}` };
    case 'cas':
      return { ...given, to: `s${n}` };
  }
}

/** Slots that move between replicated groups under load. */
export const shard: System = system<Message, Operation, Rules, Inspection>({
  name: 'shard',
  title: 'Slots that move between replicated groups under load: linearizable, one owner per epoch',
  rules,
  cluster(injected) {
    const [server, service] = [shardServer(injected), configurationService()];
    const nodes: Record<NodeId, Role<unknown, Message>> = { [SERVICE]: service };
    for (const name of SERVERS) nodes[name] = server;
    return {
      nodes,
      client: shardClient(),
      invariants: shardInvariants(server),
      inspections: [inspection(server, inspectServer), inspection(service, inspectService)],
      roleNames: [roleName(server, ({ configuration }, self) => describePlace(configuration, self))],
    };
  },
  workload: {
    clients: 4,
    operation,
    number,
    operationsMax: 60,
    probes: () => PROBES.map((probe) => ({ kind: 'put', key: probe, value: '' })),
    finalReads: () => [...KEYS, ...PROBES].map((one) => ({ kind: 'get', key: one })),
  },
  phases: { faultsMicros: FAULTS_MICROS, settleMicros: SETTLE_MICROS },
  tolerates: {
    ...networkFaults(EVERYBODY),
    ...machineFaults(SERVERS, { atOnce: SERVERS.length }),
    slowNode: { nodes: EVERYBODY, stepMicrosMax: MILLISECOND },
    // No clock is trusted: the bound only keeps timers from running away.
    clock: { nodes: EVERYBODY, offsetMicrosMax: 50 * MILLISECOND, driftPerMillionMax: 50_000 },
    control: { nodes: [SERVICE], controls: { move: SLOTS.map(String) } },
    delay: { minMicros: 200, maxMicros: 5 * MILLISECOND },
    diskSync: { minMicros: 50, maxMicros: 1_000 },
  },
  properties: shardProperties,
  mutants,
});
