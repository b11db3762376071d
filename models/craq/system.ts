/** CRAQ as a system to be tried: its cluster, its workload, the faults it claims to bear, and its promises. */
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
import { craqClient } from './client.js';
import { describeConfiguration, describePlace } from './configuration.js';
import { craqCoordinator } from './coordinator.js';
import { craqInvariants } from './invariants.js';
import { COORDINATOR, type CraqOperation, type Message } from './messages.js';
import { mutants } from './mutants.js';
import { craqProperties, inspectCoordinator, inspectReplica, type CraqInspection } from './properties.js';
import { craqReplica } from './replica.js';
import { rules, type Rules } from './rules.js';
import { DRIFT_PER_MILLION_MAX } from './timing.js';

/** Few, so that operations meet. */
const KEYS = ['x', 'y'] as const;

/** Written after healing only, so that it hides nothing of what happened to the others. */
const PROBE = 'probe';

/** Versions that a test-and-set may name: most runs get past the last of them. */
const VERSION_MAX = 5;

const key = fc.constantFrom(...KEYS);
const value = fc.constant('');

const operation = fc.oneof<fc.MaybeWeightedArbitrary<CraqOperation>[]>(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('get'), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('put'), key, value }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('append'), key, value }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('test-and-set'),
      key,
      version: fc.integer({ min: 0, max: VERSION_MAX }),
      value,
    }),
  },
);

/** No value is written twice. */
function number(given: CraqOperation, n: number): CraqOperation {
  switch (given.kind) {
    case 'get':
      return given;
    case 'put':
      return { ...given, value: `p${n}` };
    case 'append':
      return { ...given, value: `,a${n}` };
    case 'test-and-set':
      return { ...given, value: `t${n}` };
  }
}

/** A chain of `servers` servers (s1 is the first head) under `clients` clients. */
export function craqSystem(size: { readonly servers?: number; readonly clients?: number } = {}): System {
  const { servers: count = 3, clients = 5 } = size;
  const servers = Array.from({ length: count }, (_, index): NodeId => `s${index + 1}`);
  const everybody = [COORDINATOR, ...servers];
  return system<Message, CraqOperation, Rules, CraqInspection>({
    name: count === 3 ? 'craq' : `craq-of-${count}`,
    title: 'CRAQ: chain replication with linearizable reads at any replica',
    rules,
    servers: { usual: count, fewest: Math.min(2, count) },
    cluster(injected, asked) {
      const names = servers.slice(0, asked);
      const replica = craqReplica(names, injected);
      const coordinator = craqCoordinator(names);
      const nodes: Record<NodeId, Role<unknown, Message>> = { [COORDINATOR]: coordinator };
      for (const name of names) nodes[name] = replica;
      return {
        nodes,
        client: craqClient(),
        invariants: craqInvariants(replica),
        inspections: [inspection(replica, inspectReplica), inspection(coordinator, inspectCoordinator)],
        roleNames: [
          roleName(replica, ({ configuration }, self) => describePlace(configuration, self)),
          roleName(coordinator, ({ configuration }) => describeConfiguration(configuration)),
        ],
      };
    },
    workload: {
      clients,
      operation,
      number,
      operationsMax: 50,
      probes: () => [{ kind: 'put', key: PROBE, value: '' }],
      // Often enough that each replica is likely to be asked.
      finalReads: () =>
        [...KEYS, PROBE].flatMap((one): CraqOperation[] => [
          { kind: 'get', key: one },
          { kind: 'get', key: one },
        ]),
    },
    phases: { faultsMicros: 120 * MILLISECOND, settleMicros: 150 * MILLISECOND },
    tolerates: {
      ...networkFaults(everybody),
      ...machineFaults(servers, { atOnce: count }),
      syncError: { nodes: servers },
      slowNode: { nodes: everybody, stepMicrosMax: MILLISECOND },
      clock: { nodes: everybody, offsetMicrosMax: 50 * MILLISECOND, driftPerMillionMax: DRIFT_PER_MILLION_MAX },
      delay: { minMicros: 200, maxMicros: 5 * MILLISECOND },
      diskSync: { minMicros: 50, maxMicros: 1_000 },
    },
    properties: craqProperties,
    mutants,
  });
}

/** Chain replication with reads at any replica (Terrace and Freedman, USENIX ATC 2009): three servers. */
export const craq: System = craqSystem();
