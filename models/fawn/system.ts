/** FAWN-KV as a system to be tried: its cluster, its workload, the faults it claims to bear, and its promises. */
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
import { describePlaces } from './chains.js';
import { fawnClient } from './client.js';
import { fawnManager } from './manager.js';
import { MANAGER, type Message, type Operation } from './messages.js';
import { mutants } from './mutants.js';
import { fawnNode } from './node.js';
import { fawnInvariants, fawnProperties, inspectManager, inspectNode, type Inspection } from './properties.js';
import { NODES } from './ring.js';
import { rules, type Rules } from './rules.js';
import { DRIFT_PER_MILLION_MAX, FAULTS_MICROS, SETTLE_MICROS } from './timing.js';

const KEYS = ['x', 'y', 'z'] as const;
/** Written after healing only, so that it hides nothing of what happened to the others. */
const PROBE = 'probe';
const EVERYBODY: readonly NodeId[] = [MANAGER, ...NODES];
const key = fc.constantFrom(...KEYS);

/** FAWN-KV (Andersen et al., SOSP 2009): chains on a ring, which nodes join and leave. */
export const fawn: System = system<Message, Operation, Rules, Inspection>({
  name: 'fawn',
  title: 'FAWN-KV: chains on a ring, which nodes join and leave under load; linearizable',
  rules,
  cluster(injected) {
    const [node, manager] = [fawnNode(injected), fawnManager()];
    const nodes: Record<NodeId, Role<unknown, Message>> = { [MANAGER]: manager };
    for (const name of NODES) nodes[name] = node;
    return {
      nodes,
      client: fawnClient(),
      invariants: fawnInvariants(node),
      inspections: [inspection(node, inspectNode), inspection(manager, inspectManager)],
      roleNames: [roleName(node, ({ configuration }, self) => describePlaces(configuration, self))],
    };
  },
  workload: {
    clients: 4,
    operation: fc.oneof<fc.MaybeWeightedArbitrary<Operation>[]>(
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('get'), key }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('put'), key, value: fc.constant('') }) },
    ),
    number: (operation, n) => (operation.kind === 'put' ? { ...operation, value: `p${n}` } : operation),
    operationsMax: 60,
    probes: () => [{ kind: 'put', key: PROBE, value: '' }],
    finalReads: () => [...KEYS, PROBE].map((one) => ({ kind: 'get', key: one })),
  },
  phases: { faultsMicros: FAULTS_MICROS, settleMicros: SETTLE_MICROS },
  tolerates: {
    ...networkFaults(EVERYBODY),
    ...machineFaults(NODES, { atOnce: NODES.length }),
    slowNode: { nodes: EVERYBODY, stepMicrosMax: MILLISECOND },
    clock: { nodes: EVERYBODY, offsetMicrosMax: 50 * MILLISECOND, driftPerMillionMax: DRIFT_PER_MILLION_MAX },
    control: { nodes: [MANAGER], controls: { leave: NODES, join: NODES } },
    delay: { minMicros: 200, maxMicros: 5 * MILLISECOND },
    diskSync: { minMicros: 50, maxMicros: 1_000 },
  },
  properties: fawnProperties,
  mutants,
});
