/** The chain as a system to be tried: its cluster, its workload, the faults it claims to bear, and its promises. */
import * as fc from 'fast-check';
import {
  inspection,
  machineFaults,
  MILLISECOND,
  networkFaults,
  system,
  type NodeId,
  type Role,
  type System,
} from '../../framework/index.js';
import { chainClient } from './client.js';
import { chainInvariants } from './invariants.js';
import { chainMaster } from './master.js';
import { MASTER, type ChainOperation, type Message } from './messages.js';
import { mutants } from './mutants.js';
import { chainProperties, inspectServer, type Replica } from './properties.js';
import { rules, type Rules } from './rules.js';
import { chainServer } from './server.js';
import { DRIFT_PER_MILLION_MAX } from './timing.js';

/** Few, so that operations meet. */
const KEYS = ['x', 'y'] as const;

/** Written after healing only, so that it hides nothing of what happened to the others. */
const PROBE = 'probe';

const operation: fc.Arbitrary<ChainOperation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('get' as const), key: fc.constantFrom(...KEYS) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('put' as const), key: fc.constantFrom(...KEYS), value: fc.constant('') }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      key: fc.constantFrom(...KEYS),
      value: fc.constant(''),
    }),
  },
);

/** No value is written twice, and none ends like another: `p3`, `,a4`. */
function number(given: ChainOperation, n: number): ChainOperation {
  switch (given.kind) {
    case 'get':
      return given;
    case 'put':
      return { ...given, value: `p${n}` };
    case 'append':
      return { ...given, value: `,a${n}` };
  }
}

/** A chain of `servers` servers (s1 is the first head) under `clients` clients. */
export function chainSystem(size: { readonly servers?: number; readonly clients?: number } = {}): System {
  const { servers: count = 3, clients = 5 } = size;
  const servers = Array.from({ length: count }, (_, index): NodeId => `s${index + 1}`);
  const everybody = [MASTER, ...servers];
  return system<Message, ChainOperation, Rules, Replica>({
    name: count === 3 ? 'chain' : `chain-of-${count}`,
    title: 'Chain replication: updates at the head, queries at the tail, linearizable',
    rules,
    servers: { usual: count, fewest: Math.min(2, count) },
    cluster(injected, number) {
      const names = servers.slice(0, number);
      const server = chainServer(names, injected);
      const nodes: Record<NodeId, Role<unknown, Message>> = { [MASTER]: chainMaster(names, injected) };
      for (const name of names) nodes[name] = server;
      return {
        nodes,
        client: chainClient(),
        invariants: chainInvariants(server),
        inspections: [inspection(server, inspectServer)],
      };
    },
    workload: {
      clients,
      operation,
      number,
      operationsMax: 50,
      probes: () => [{ kind: 'put', key: PROBE, value: '' }],
      finalReads: () => [...KEYS, PROBE].map((key) => ({ kind: 'get', key })),
    },
    phases: { faultsMicros: 120 * MILLISECOND, settleMicros: 150 * MILLISECOND },
    tolerates: {
      ...networkFaults(everybody),
      ...machineFaults(servers, { atOnce: count }),
      slowNode: { nodes: everybody, stepMicrosMax: MILLISECOND },
      clock: { nodes: everybody, offsetMicrosMax: 50 * MILLISECOND, driftPerMillionMax: DRIFT_PER_MILLION_MAX },
      delay: { minMicros: 200, maxMicros: 5 * MILLISECOND },
      diskSync: { minMicros: 50, maxMicros: 1_000 },
    },
    properties: chainProperties,
    mutants,
  });
}

export const chain: System = chainSystem();
