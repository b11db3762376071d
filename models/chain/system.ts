/** The chain as a system to be tried: its cluster, its workload, the faults it claims to bear, and its promises. */
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
  type Role,
  type System,
  type Tolerance,
} from '../../framework/index.js';
import { consensusInvariants } from '../consensus/index.js';
import { chainClient } from './client.js';
import { describeConfiguration, describePlace } from './configuration.js';
import { chainInvariants } from './invariants.js';
import { chainMaster } from './master.js';
import { MASTER, type ChainOperation, type Message } from './messages.js';
import { mutants } from './mutants.js';
import { chainProperties, inspectServer, type Inspected } from './properties.js';
import { inspectMaster, mastersAgree } from './replicated-master-properties.js';
import { replicatedMaster, type ReplicatedMasterState } from './replicated-master.js';
import { rules, type Rules } from './rules.js';
import { chainServer } from './server.js';
import type { ServerState } from './server-state.js';
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

/** How many servers (s1 is the first head), clients, and masters; one master is the paper's, which never fails. */
export interface ChainSize {
  readonly servers?: number;
  readonly clients?: number;
  readonly masters?: number;
}

const named = (letter: string, count: number): readonly NodeId[] =>
  Array.from({ length: count }, (_, index): NodeId => `${letter}${index + 1}`);

/** A chain of `servers` under `clients`, with one master or several that agree by Raft. */
export function chainSystem({ servers: count = 3, clients = 5, masters: masterCount = 1 }: ChainSize = {}): System {
  const servers = named('s', count);
  const isReplicated = masterCount > 1;
  const masters = isReplicated ? named('m', masterCount) : [MASTER];
  const length = count === 3 ? '' : `-of-${count}`;
  return system<Message, ChainOperation, Rules, Inspected>({
    name: `chain${isReplicated ? '-replicated' : ''}${length}`,
    title: isReplicated
      ? 'Chain replication under a master that is replicated by consensus: nothing is assumed never to fail'
      : 'Chain replication: updates at the head, queries at the tail, linearizable',
    rules,
    servers: { usual: count, fewest: Math.min(2, count) },
    cluster(injected, number) {
      const names = servers.slice(0, number);
      const server = chainServer(names, masters, injected);
      const parts = isReplicated ? replicatedMasters(masters, names, injected) : oneMaster(names, injected);
      const nodes: Record<NodeId, Role<unknown, Message>> = { ...parts.nodes };
      for (const name of names) nodes[name] = server;
      return {
        nodes,
        client: chainClient(masters),
        invariants: [...chainInvariants(server), ...parts.invariants],
        inspections: [inspection(server, inspectServer), ...parts.inspections],
        targets: parts.targets,
        roleNames: [roleName(server, roleInChain), ...parts.roleNames],
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
    phases: isReplicated
      ? { faultsMicros: 160 * MILLISECOND, settleMicros: 250 * MILLISECOND }
      : { faultsMicros: 120 * MILLISECOND, settleMicros: 150 * MILLISECOND },
    tolerates: isReplicated ? replicatedTolerance(masters, servers) : tolerance([MASTER, ...servers], servers),
    properties: isReplicated ? [...chainProperties, mastersAgree] : chainProperties,
    mutants,
  });
}

function oneMaster(servers: readonly NodeId[], injected: Rules) {
  const master = chainMaster(servers, injected);
  return {
    nodes: { [MASTER]: master },
    invariants: [],
    inspections: [],
    targets: {},
    roleNames: [roleName(master, ({ configuration }) => describeConfiguration(configuration))],
  };
}

function replicatedMasters(masters: readonly NodeId[], servers: readonly NodeId[], injected: Rules) {
  const master = replicatedMaster(masters, servers, injected);
  const part = ({ consensus }: ReplicatedMasterState) => consensus;
  return {
    nodes: Object.fromEntries(masters.map((name) => [name, master])),
    invariants: consensusInvariants(part).map(([name, start]) => stateInvariant(master, name, start)),
    inspections: [inspection(master, inspectMaster)],
    targets: { leader: target(master, leaderOf) },
    roleNames: [
      roleName(master, ({ consensus, configuration }) =>
        consensus.role === 'leader'
          ? `leader, term ${consensus.term}: ${describeConfiguration(configuration)}`
          : `${consensus.role}, term ${consensus.term}`,
      ),
    ],
  };
}

const roleInChain = ({ configuration }: ServerState, self: NodeId): string => describePlace(configuration, self);

/** The leader of the latest term that has one. */
function leaderOf(masters: ReadonlyMap<NodeId, ReplicatedMasterState>): NodeId | undefined {
  const leaders = [...masters].filter(([, { consensus }]) => consensus.role === 'leader');
  return leaders.sort(([, one], [, other]) => other.consensus.term - one.consensus.term)[0]?.[0];
}

/** The network fails `everybody`; `mortal` nodes fail themselves, all at once too. */
const tolerance = (everybody: readonly NodeId[], mortal: readonly NodeId[]) =>
  ({
    ...networkFaults(everybody),
    ...machineFaults(mortal, { atOnce: mortal.length }),
    slowNode: { nodes: everybody, stepMicrosMax: MILLISECOND },
    clock: { nodes: everybody, offsetMicrosMax: 50 * MILLISECOND, driftPerMillionMax: DRIFT_PER_MILLION_MAX },
    delay: { minMicros: 200, maxMicros: 5 * MILLISECOND },
    diskSync: { minMicros: 50, maxMicros: 1_000 },
  }) satisfies Partial<Tolerance>;

/** Faults may strike whichever master leads, too. */
function replicatedTolerance(masters: readonly NodeId[], servers: readonly NodeId[]): Partial<Tolerance> {
  const everybody = [...masters, ...servers];
  const anybody = [...everybody, '@leader'];
  return {
    ...tolerance(everybody, everybody),
    // A lease of 20 ms takes four messages to come: a heartbeat, a round of the masters, and the answer.
    delay: { minMicros: 200, maxMicros: 3 * MILLISECOND },
    crash: { nodes: anybody, atOnce: everybody.length, untilHealing: true },
    partition: { nodes: anybody, oneWay: true },
    pause: { nodes: anybody },
    control: { nodes: masters, controls: { campaign: [''] } },
    maybe: ['one-entry-a-message'],
  };
}

/** Chain replication (van Renesse and Schneider, OSDI 2004): three servers and one master. */
export const chain: System = chainSystem();

/** The same with three masters. */
export const chainReplicated: System = chainSystem({ masters: 3 });
