/** Two systems from one protocol: always writeable, or with quorums that meet. */
import * as fc from 'fast-check';
import {
  inspection,
  machineFaults,
  MILLISECOND,
  networkFaults,
  system,
  type NodeId,
  type System,
  type Tolerance,
  type Workload,
} from '../../framework/index.js';
import { dynamoClient } from './client.js';
import type { Message, Operation } from './messages.js';
import { SLOPPY_MUTANTS, STRICT_MUTANTS } from './mutants.js';
import { inspectNode, type Inspection } from './node-state.js';
import { dynamoNode } from './node.js';
import {
  convergence,
  noAcknowledgedWriteLost,
  noResurrection,
  readsSeeWhatWasSeen,
  stalenessMeasured,
} from './properties.js';
import { Ring } from './ring.js';
import { SLOPPY_RULES, STRICT_RULES, type Rules } from './rules.js';
import { FAULTS_MICROS, SETTLE_MICROS } from './timing.js';

const NODES: readonly NodeId[] = ['n1', 'n2', 'n3', 'n4', 'n5'];
const KEYS = ['x', 'y', 'z'] as const;
const PROBE = 'probe';

const ring = new Ring(NODES);
const key = fc.constantFrom(...KEYS);

const workload: Workload<Operation> = {
  clients: 4,
  operation: fc.oneof<fc.MaybeWeightedArbitrary<Operation>[]>(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('get'), key }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('put'), key, value: fc.constant(0) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete'), key }) },
  ),
  number: (operation, n) => (operation.kind === 'put' ? { ...operation, value: n } : operation),
  operationsMax: 60,
  probes: () => [{ kind: 'put', key: PROBE, value: 0 }],
  finalReads: () => [...KEYS, PROBE].map((one) => ({ kind: 'get', key: one })),
};

const tolerates: Partial<Tolerance> = {
  ...networkFaults(NODES),
  ...machineFaults(NODES, { atOnce: 2 }),
  // Tombstones are kept for longer than outages by more than this.
  clock: { nodes: NODES, offsetMicrosMax: 10 * MILLISECOND, driftPerMillionMax: 5_000 },
  delay: { minMicros: 200, maxMicros: 4 * MILLISECOND },
};

const common = (name: string, title: string, rules: Rules) => ({
  name,
  title,
  rules,
  cluster(given: Rules) {
    const node = dynamoNode({ ring, rules: given });
    return {
      nodes: Object.fromEntries(NODES.map((one) => [one, node])),
      client: dynamoClient(ring),
      inspections: [inspection(node, inspectNode)],
    };
  },
  workload,
  phases: { faultsMicros: FAULTS_MICROS, settleMicros: SETTLE_MICROS },
});

/** Dynamo with sloppy quorums (DeCandia et al., SOSP 2007): always writeable. */
export const dynamo: System = system<Message, Operation, Rules, Inspection>({
  ...common(
    'dynamo',
    'Dynamo with sloppy quorums: always writeable, no acknowledged write is lost, copies converge',
    SLOPPY_RULES,
  ),
  // One disk may be lost, and one alone: what was acknowledged is on two.
  tolerates: { ...tolerates, crash: { nodes: NODES, atOnce: 2, untilHealing: true, freshDisk: true, atMost: 1 } },
  properties: [convergence, noAcknowledgedWriteLost, noResurrection, stalenessMeasured],
  mutants: SLOPPY_MUTANTS,
});

/** Dynamo with strict quorums and reads that write back: fresh, and not always available. */
export const dynamoStrict: System = system<Message, Operation, Rules, Inspection>({
  ...common(
    'dynamo-strict',
    'Dynamo with quorums that meet, and reads that write back: a read has seen all that was written or read before it',
    STRICT_RULES,
  ),
  tolerates,
  properties: [convergence, noAcknowledgedWriteLost, noResurrection, readsSeeWhatWasSeen],
  mutants: STRICT_MUTANTS,
});
