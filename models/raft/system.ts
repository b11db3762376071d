/** Raft as a system to be tried: its cluster, its workload, the faults it claims to bear, and its promises. */
import * as fc from 'fast-check';
import {
  inspection,
  machineFaults,
  MILLISECOND,
  networkFaults,
  roleName,
  stateInvariant,
  system,
  target,
  type NodeId,
  type System,
} from '../../framework/index.js';
import { consensusInvariants } from '../consensus/index.js';
import { raftClient } from './client.js';
import type { Message, Operation } from './messages.js';
import { mutants } from './mutants.js';
import { inspectServer, raftProperties, type Replica } from './properties.js';
import { rules, type Rules } from './rules.js';
import { raftServer, type ServerState } from './server.js';
import { FAULTS_MICROS, SETTLE_MICROS } from './timing.js';

const SERVERS: readonly NodeId[] = ['s1', 's2', 's3'];

/** Few, so that operations meet. */
const KEYS = ['x', 'y'] as const;

/** Written after healing only, so that it hides nothing of what happened to the others. */
const PROBE = 'probe';

const key = fc.constantFrom(...KEYS);
const value = fc.constant('');

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('get' as const), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('put' as const), key, value }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append' as const), key, value }) },
);

/** No value is written twice. */
function number(given: Operation, n: number): Operation {
  if (given.kind === 'get') return given;
  return { ...given, value: given.kind === 'put' ? `p${n}` : `,a${n}` };
}

/** The leader of the latest term that has one. */
function leaderOf(servers: ReadonlyMap<NodeId, ServerState>): NodeId | undefined {
  const leaders = [...servers].filter(([, { consensus }]) => consensus.role === 'leader');
  return leaders.sort(([, one], [, other]) => other.consensus.term - one.consensus.term)[0]?.[0];
}

/** Faults may strike the leader, whoever it is. */
const ANYBODY = [...SERVERS, '@leader'];

/** Raft (Ongaro and Ousterhout, USENIX ATC 2014) under a key-value store. */
export const raft: System = system<Message, Operation, Rules, Replica>({
  name: 'raft',
  title: 'Raft: a key-value store replicated by a log, linearizable, with reads by read index',
  rules,
  cluster(injected) {
    const server = raftServer(SERVERS, injected);
    return {
      nodes: Object.fromEntries(SERVERS.map((name) => [name, server])),
      client: raftClient(SERVERS),
      invariants: consensusInvariants(({ consensus }: ServerState) => consensus).map(([name, start]) =>
        stateInvariant(server, name, start),
      ),
      inspections: [inspection(server, inspectServer)],
      targets: { leader: target(server, leaderOf) },
      roleNames: [roleName(server, ({ consensus: { role, term } }) => `${role}, term ${term}`)],
    };
  },
  workload: {
    clients: 4,
    operation,
    number,
    operationsMax: 60,
    probes: () => [{ kind: 'put', key: PROBE, value: '' }],
    finalReads: () => [...KEYS, PROBE].map((one) => ({ kind: 'get', key: one })),
  },
  phases: { faultsMicros: FAULTS_MICROS, settleMicros: SETTLE_MICROS },
  tolerates: {
    ...networkFaults(SERVERS),
    ...machineFaults(SERVERS, { atOnce: SERVERS.length }),
    crash: { nodes: ANYBODY, atOnce: SERVERS.length, untilHealing: true },
    partition: { nodes: ANYBODY, oneWay: true },
    pause: { nodes: ANYBODY },
    control: { nodes: SERVERS, controls: { campaign: [''] } },
    // Safety depends on no clock; elections take place as long as clocks run about as fast as each other.
    clock: { nodes: SERVERS, offsetMicrosMax: 500 * MILLISECOND, driftPerMillionMax: 100_000 },
    delay: { minMicros: 200, maxMicros: 3 * MILLISECOND },
    diskSync: { minMicros: 50, maxMicros: 1_000 },
    maybe: ['one-entry-a-message'],
  },
  properties: raftProperties,
  mutants,
});
