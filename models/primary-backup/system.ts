/** The three systems: what they are made of, how they are used, which faults they bear and what they promise. */
import * as fc from 'fast-check';
import {
  inspection,
  machineFaults,
  MILLISECOND,
  networkFaults,
  roleName,
  stateInvariant,
  system,
  type Cluster,
  type Phases,
  type System,
  type Tolerance,
  type Workload,
} from '../../framework/index.js';
import { clientRole } from './client.js';
import {
  ASYNCHRONOUS,
  DRIFT_PER_MILLION_MAX,
  SEMI_SYNCHRONOUS,
  SYNCHRONOUS,
  type Configuration,
} from './configuration.js';
import type { Inspection } from './evidence.js';
import { lossOnlyWhileDegraded, lossWithinLag } from './loss.js';
import type { Message, Operation } from './messages.js';
import { inspectMonitor, monitorRole } from './monitor.js';
import { ASYNCHRONOUS_MUTANTS, SEMI_SYNCHRONOUS_MUTANTS, SYNCHRONOUS_MUTANTS } from './mutants.js';
import { convergence, noAcknowledgedWriteLost, retriesTakeEffectOnce } from './properties.js';
import {
  backupsShowWhatLasts,
  linearizableAtPrimary,
  linearizableUntilDegraded,
  readsShowWrites,
  staleness,
} from './reads.js';
import { inspectReplica } from './replica-state.js';
import { replicaRole } from './replica.js';
import { ASYNCHRONOUS_RULES, SEMI_SYNCHRONOUS_RULES, SYNCHRONOUS_RULES, type Rules } from './rules.js';

const KEYS = ['x', 'y'] as const;

/** Written after healing only, so that it hides nothing of what happened to the others. */
export const PROBE = 'probe';

/** The nodes of a configuration, under given rules. The monitor boots first, so that the first beat finds it. */
export function primaryBackupCluster(
  configuration: Configuration,
  rules: Rules,
): Cluster<Message, Operation, Inspection> {
  const replica = replicaRole({ configuration, rules });
  const monitor = monitorRole({ configuration, rules });
  return {
    nodes: {
      [configuration.monitor]: monitor,
      ...Object.fromEntries(configuration.replicas.map((node) => [node, replica])),
    },
    client: clientRole(configuration),
    inspections: [
      inspection(replica, (state): Inspection => inspectReplica(state)),
      inspection(monitor, (state): Inspection => inspectMonitor(state)),
    ],
    roleNames: [
      roleName(replica, ({ reign, term }) => `${reign === null ? 'backup' : 'primary'}, term ${term}`),
      roleName(monitor, ({ primary, term }) => `term ${term}: ${primary}`),
    ],
    invariants: [
      stateInvariant(replica, 'a term has one primary', () => {
        const primaries = new Map<number, string>();
        return (replicas, changed) => {
          const state = replicas.get(changed);
          if (state === undefined || state.reign === null) return undefined;
          const known = primaries.get(state.term);
          if (known === undefined) primaries.set(state.term, changed);
          return known === undefined || known === changed
            ? undefined
            : `${known} and ${changed} are both primaries in term ${state.term}`;
        };
      }),
    ],
  };
}

const key = fc.constantFrom(...KEYS);

const workload = (replicas: readonly string[]): Workload<Operation> => ({
  clients: 6,
  operation: fc.oneof<fc.MaybeWeightedArbitrary<Operation>[]>(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('put'), key, value: fc.constant(0) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('get'), key }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('peek'), key, at: fc.constantFrom(...replicas) }) },
  ),
  number: (operation, n) => (operation.kind === 'put' ? { ...operation, value: n } : operation),
  operationsMax: 100,
  probes: () => [{ kind: 'put', key: PROBE, value: 0 }],
  finalReads: () =>
    [...KEYS, PROBE].flatMap((one): Operation[] => [
      { kind: 'get', key: one },
      ...replicas.map((at): Operation => ({ kind: 'peek', key: one, at })),
    ]),
});

/** A failover takes 40 to 60 ms: some runs see three of them. */
const phases: Phases = { faultsMicros: 200_000, settleMicros: 150_000 };

const tolerates = ({ replicas, monitor }: Configuration, everybody = [monitor, ...replicas]): Tolerance => ({
  ...networkFaults(everybody),
  ...machineFaults(replicas, { atOnce: 2 }),
  pause: { nodes: everybody },
  slowNode: { nodes: everybody, stepMicrosMax: MILLISECOND },
  slowDisk: { nodes: replicas, extraMicrosMax: 10 * MILLISECOND },
  delay: { minMicros: 200, maxMicros: 3_000 },
  diskSync: { minMicros: 50, maxMicros: 8_000 },
});

/** A write is acknowledged when every backup in the in-sync set has it. */
export const primaryBackupSync: System = system<Message, Operation, Rules, Inspection>({
  name: 'primary-backup-sync',
  title: 'Synchronous primary-backup replication: no acknowledged write is lost, reads at the primary are linearizable',
  rules: SYNCHRONOUS_RULES,
  cluster: (rules) => primaryBackupCluster(SYNCHRONOUS, rules),
  workload: workload(SYNCHRONOUS.replicas),
  phases,
  tolerates: {
    ...tolerates(SYNCHRONOUS),
    syncError: { nodes: SYNCHRONOUS.replicas },
    // Offsets only ever shorten a lease; drift is what it is longer for. The monitor's clock is the one compared with.
    clock: { nodes: SYNCHRONOUS.replicas, offsetMicrosMax: 20_000, driftPerMillionMax: DRIFT_PER_MILLION_MAX },
  },
  properties: [noAcknowledgedWriteLost, linearizableAtPrimary, convergence, backupsShowWhatLasts, staleness],
  mutants: SYNCHRONOUS_MUTANTS,
});

/** Clocks are right here, and below: the ages that a run reports are differences between the clocks of two machines. */
export const primaryBackupSemiSync: System = system<Message, Operation, Rules, Inspection>({
  name: 'primary-backup-semi-sync',
  title: 'Semi-synchronous primary-backup replication: no acknowledged write is lost but while no backup answered',
  rules: SEMI_SYNCHRONOUS_RULES,
  cluster: (rules) => primaryBackupCluster(SEMI_SYNCHRONOUS, rules),
  workload: workload(SEMI_SYNCHRONOUS.replicas),
  phases,
  tolerates: tolerates(SEMI_SYNCHRONOUS),
  properties: [
    lossOnlyWhileDegraded,
    linearizableUntilDegraded,
    convergence,
    retriesTakeEffectOnce,
    readsShowWrites,
    staleness,
  ],
  mutants: SEMI_SYNCHRONOUS_MUTANTS,
});

/** A write is acknowledged by the primary alone; backups follow. */
export const primaryBackupAsync: System = system<Message, Operation, Rules, Inspection>({
  name: 'primary-backup-async',
  title: 'Asynchronous primary-backup replication: a failover loses no more than the lag of the best backup',
  rules: ASYNCHRONOUS_RULES,
  cluster: (rules) => primaryBackupCluster(ASYNCHRONOUS, rules),
  workload: workload(ASYNCHRONOUS.replicas),
  phases,
  tolerates: tolerates(ASYNCHRONOUS),
  properties: [convergence, lossWithinLag, retriesTakeEffectOnce, readsShowWrites, staleness],
  mutants: ASYNCHRONOUS_MUTANTS,
});
