/**
 * Runs under laboratory conditions, to set what a model does against what is said of it: every message takes the same
 * time, disks are instant, servers may be busy, and clients ask as soon as they have been answered. The plans are built here
 * and not generated: these are measurements, and no search for bugs.
 */
import * as fc from 'fast-check';
import {
  operationsOf,
  simulate,
  system,
  type AnyMessage,
  type AnyOperation,
  type Cluster,
  type Fault,
  type NodeId,
  type Plan,
  type Run,
  type System,
} from '../../framework/index.js';

export interface Laboratory {
  readonly seed: string;
  /** How long every message takes. */
  readonly hopMicros: number;
  /** What each client asks, one operation after the other, each as soon as it may. */
  readonly asks: readonly (readonly AskedOperation[])[];
  readonly faults?: readonly Fault[];
  /** When faults end and the operations must be over soon; default: never before they are. */
  readonly healAt?: number;
}

export interface AskedOperation {
  readonly operation: AnyOperation;
  /** The earliest moment; default 0. */
  readonly at?: number;
}

/** The nodes and the client of `cluster`, whose servers are busy with each message for as long as `service` says. */
export const experiment = <M extends AnyMessage, O extends AnyOperation>(
  { nodes, client, inspections = [] }: Pick<Cluster<M, O, unknown>, 'nodes' | 'client' | 'inspections'>,
  service: (message: M) => number = () => 0,
): System =>
  system<M, AnyOperation & O, object, unknown>({
    name: 'experiment',
    title: 'a model in the laboratory',
    cluster: () => ({ nodes, client, inspections, service: (_node, message) => service(message) }),
    workload: { clients: 1, operation: fc.constant({} as AnyOperation & O), operationsMax: 1, finalReads: () => [] },
    tolerates: {},
    properties: [],
  });

/** Names for so many replicas of a primary-backup system; the first is the first primary. */
export const replicasOf = (servers: number): NodeId[] => Array.from({ length: servers }, (_, index) => `p${index + 1}`);

const SETTLE_MICROS = 150_000;

export function planOf({ seed, hopMicros, asks, faults = [], healAt = 0 }: Laboratory): Plan {
  return {
    seed,
    clients: asks.length,
    operations: asks.flatMap((asked, client) => asked.map(({ operation, at = 0 }) => ({ at, client, operation }))),
    faults,
    network: {
      delay: { kind: 'uniform', minMicros: hopMicros, maxMicros: hopMicros },
      dropPerMillion: 0,
      duplicatePerMillion: 0,
    },
    fates: [],
    diskSync: { kind: 'uniform', minMicros: 0, maxMicros: 0 },
    healAt,
    settleMicros: SETTLE_MICROS,
    limits: { stepsMax: 20_000_000, timeMicrosMax: 600_000_000, queueMax: 1_000_000 },
  };
}

/** Runs the plan; what did not end as it should is a mistake in the experiment, and thrown. */
export function measure(subject: System, laboratory: Laboratory): Run {
  const run = simulate(subject, planOf(laboratory));
  if (run.outcome.kind !== 'completed') throw new Error(run.outcome.reason);
  return run;
}

export interface Answered {
  readonly operation: AnyOperation;
  readonly result: unknown;
  readonly invokedAt: number;
  readonly returnedAt: number;
}

/** The workload's operations that were answered with ok, in the order in which they were. */
export function answered({ history, probesFrom }: Run): Answered[] {
  return operationsOf(history.slice(0, probesFrom))
    .flatMap(({ operation, invokedAt, returnedAt, outcome }) =>
      outcome.kind === 'ok' && returnedAt !== null
        ? [{ operation, result: outcome.result, invokedAt, returnedAt }]
        : [],
    )
    .sort((one, other) => one.returnedAt - other.returnedAt);
}
