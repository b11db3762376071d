/** Three systems of the same objects, replicated in three ways. */
import * as fc from 'fast-check';
import {
  inspection,
  machineFaults,
  MILLISECOND,
  networkFaults,
  requestClient,
  system,
  type Cluster,
  type NodeId,
  type Role,
  type System,
  type Tolerance,
  type Workload,
} from '../../framework/index.js';
import { deltaReplica, type DeltaMessage } from './delta-based.js';
import type { Operation } from './messages.js';
import { DELTA_MUTANTS, OPERATION_MUTANTS, STATE_MUTANTS } from './mutants.js';
import { inspectOperations, operationReplica, type OperationMessage } from './operation-based.js';
import { properties } from './properties.js';
import type { Inspection } from './replica.js';
import {
  DELTA_RULES,
  OPERATION_RULES,
  STATE_RULES,
  type DeltaRules,
  type OperationRules,
  type StateRules,
} from './rules.js';
import { stateReplica, type StateMessage } from './state-based.js';
import { inspectStore } from './store-replica.js';
import { PATIENCE_MICROS } from './timing.js';

const REPLICAS: readonly NodeId[] = ['r1', 'r2', 'r3'];
const MEMBERS = ['x', 'y'] as const;

const at = fc.constantFrom(...REPLICAS);
const member = fc.constantFrom(...MEMBERS);
const position = fc.nat({ max: 3 });
const value = fc.constant(0);

const workload: Workload<Operation> = {
  clients: 4,
  operation: fc.oneof<fc.MaybeWeightedArbitrary<Operation>[]>(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('read'), at }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('visit'), at }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('count'), at, amount: fc.integer({ min: -3, max: 9 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('assign'), at, value }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('write'), at, value }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('add'), at, member }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove'), at, member }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('insert'), at, position, value }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete'), at, position }) },
  ),
  number: (operation, n) => ('value' in operation ? { ...operation, value: n } : operation),
  operationsMax: 60,
  probes: () => REPLICAS.map((node) => ({ kind: 'visit', at: node })),
  finalReads: () => REPLICAS.map((node) => ({ kind: 'read', at: node })),
};

/** No bound on how far clocks are off: nothing depends on it. */
const tolerates: Partial<Tolerance> = {
  ...networkFaults(REPLICAS),
  ...machineFaults(REPLICAS, { atOnce: REPLICAS.length }),
  crash: { nodes: REPLICAS, atOnce: REPLICAS.length, untilHealing: true, anySurvive: true, freshDisk: true },
  clock: { nodes: REPLICAS, offsetMicrosMax: 500 * MILLISECOND, driftPerMillionMax: 200_000 },
  dropPerMillionMax: 100_000,
  duplicatePerMillionMax: 100_000,
  delay: { minMicros: 200, maxMicros: 8 * MILLISECOND },
  diskSync: { minMicros: 50, maxMicros: 2 * MILLISECOND },
};

type Message = StateMessage | DeltaMessage | OperationMessage;

const client = requestClient<Message, Operation>({
  timeoutMicros: PATIENCE_MICROS,
  request: (operation, id) => ({ to: operation.at, message: { kind: 'request', id, operation } }),
  answers: { answer: ({ id, result }) => ({ id, result }) },
});

const cluster = <S>(
  replica: Role<S, Message>,
  inspect: (state: S) => Inspection,
): Cluster<Message, Operation, Inspection> => ({
  nodes: Object.fromEntries(REPLICAS.map((node) => [node, replica])),
  client,
  inspections: [inspection(replica, inspect)],
});

const shared = { workload, tolerates, properties };

/** Replicated data types that exchange their states (Shapiro et al., SSS 2011). */
export const crdtState: System = system<Message, Operation, StateRules, Inspection>({
  ...shared,
  name: 'crdt-state',
  title: 'State-based replicated data types: whatever replicas have seen, in whatever order, they show it alike',
  rules: STATE_RULES,
  cluster: (rules) => cluster(stateReplica(REPLICAS, rules), inspectStore),
  mutants: STATE_MUTANTS,
});

/** Replicated data types that exchange what is new (Almeida et al., JPDC 2018). */
export const crdtDelta: System = system<Message, Operation, DeltaRules, Inspection>({
  ...shared,
  name: 'crdt-delta',
  title: 'Delta-state replicated data types: the same, by what is new only',
  rules: DELTA_RULES,
  cluster: (rules) => cluster(deltaReplica(REPLICAS, rules), inspectStore),
  mutants: DELTA_MUTANTS,
});

/** Replicated data types that exchange operations, by causal broadcast. */
export const crdtOperations: System = system<Message, Operation, OperationRules, Inspection>({
  ...shared,
  name: 'crdt-operations',
  title: 'Operation-based replicated data types over causal broadcast: the same, by what was done',
  rules: OPERATION_RULES,
  cluster: (rules) => cluster(operationReplica(REPLICAS, rules), inspectOperations),
  mutants: OPERATION_MUTANTS,
});
