/** The stream layer as a system to be tried: its cluster, its workload, the faults it claims to bear, and its promises. */
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
import { azureClient } from './client.js';
import { inspectManager, inspectNode, type AzureInspection } from './evidence.js';
import { extentNode } from './extent-node.js';
import { azureInvariants } from './invariants.js';
import { STREAM_MANAGER, type Message, type Operation } from './messages.js';
import { mutants } from './mutants.js';
import { azureProperties } from './properties.js';
import { rules, type Rules } from './rules.js';
import { streamManager } from './stream-manager.js';
import { FAULTS_MICROS, SETTLE_MICROS } from './timing.js';

const NODES: readonly NodeId[] = ['e1', 'e2', 'e3', 'e4', 'e5'];
const EVERYBODY = [STREAM_MANAGER, ...NODES];
/** Each client has a stream of its own, which has its name. */
const STREAMS: readonly NodeId[] = ['c1', 'c2', 'c3', 'c4'];

const operation = fc.oneof<fc.MaybeWeightedArbitrary<Operation>[]>(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('append'), value: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('read'), place: fc.nat({ max: 15 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('load'), stream: fc.constantFrom(...STREAMS) }) },
);

/** The stream layer of Windows Azure Storage (Calder et al., SOSP 2011). */
export const azure: System = system<Message, Operation, Rules, AzureInspection>({
  name: 'azure',
  title: 'Windows Azure Storage, stream layer: append-only extents that are sealed when anything fails',
  rules,
  servers: { usual: NODES.length, fewest: 3 },
  cluster(injected, count) {
    const names = NODES.slice(0, count);
    const node = extentNode(injected);
    const manager = streamManager(names);
    const nodes: Record<NodeId, Role<unknown, Message>> = { [STREAM_MANAGER]: manager };
    for (const name of names) nodes[name] = node;
    return {
      nodes,
      client: azureClient(injected),
      invariants: azureInvariants(node),
      inspections: [inspection(node, inspectNode), inspection(manager, inspectManager)],
    };
  },
  workload: {
    clients: STREAMS.length,
    operation,
    number: (given, n) => (given.kind === 'append' ? { ...given, value: n } : given),
    operationsMax: 60,
    probes: () => STREAMS.map((): Operation => ({ kind: 'append', value: 0 })),
    finalReads: () => STREAMS.map((stream): Operation => ({ kind: 'load', stream })),
  },
  phases: { faultsMicros: FAULTS_MICROS, settleMicros: SETTLE_MICROS },
  tolerates: {
    ...networkFaults(EVERYBODY),
    ...machineFaults(NODES, { atOnce: NODES.length }),
    syncError: { nodes: NODES },
    pause: { nodes: EVERYBODY },
    slowNode: { nodes: EVERYBODY, stepMicrosMax: MILLISECOND },
    clock: { nodes: EVERYBODY, offsetMicrosMax: 50 * MILLISECOND, driftPerMillionMax: 10_000 },
    delay: { minMicros: 200, maxMicros: 2 * MILLISECOND },
  },
  properties: azureProperties,
  mutants,
});
