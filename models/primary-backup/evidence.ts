/** What the properties of both systems judge: the clients' operations, and what the nodes hold at the end. */
import {
  operationsOf,
  type CheckResult,
  type NodeId,
  type Observed,
  type RecordedOperation,
  type Seen,
  type Violation,
} from '../../framework/index.js';
import type { LogRecord, Operation } from './messages.js';
import type { MonitorInspection } from './monitor.js';
import type { ReplicaInspection } from './replica-state.js';

export type Inspection = ReplicaInspection | MonitorInspection;
export type Evidence = Observed<Operation, Inspection>;

export type Write = Extract<Operation, { readonly kind: 'put' }>;
export type Read = Exclude<Operation, Write>;

/** An operation that was answered. `index` is that of its invocation in the history. */
export interface Answered<O extends Operation> {
  readonly index: number;
  readonly operation: O;
  readonly result: unknown;
  readonly invokedAt: number;
  readonly answeredAt: number;
}

export interface AnsweredOperations {
  readonly writes: readonly Answered<Write>[];
  readonly reads: readonly Answered<Read>[];
}

export function answeredOperations({ history }: Evidence): AnsweredOperations {
  const writes: Answered<Write>[] = [];
  const reads: Answered<Read>[] = [];
  for (const recorded of operationsOf(history)) {
    const { operation } = recorded;
    const answer = answerTo(recorded);
    if (answer === undefined) continue;
    if (operation.kind === 'put') writes.push({ ...answer, operation });
    else reads.push({ ...answer, operation });
  }
  return { writes, reads };
}

function answerTo(recorded: RecordedOperation<Operation>): Omit<Answered<Operation>, 'operation'> | undefined {
  const { index, invokedAt, returnedAt, outcome } = recorded;
  if (outcome.kind !== 'ok' || returnedAt === null) return undefined;
  return { index, result: outcome.result, invokedAt, answeredAt: returnedAt };
}

export interface Replica extends ReplicaInspection {
  readonly node: NodeId;
}

/** What the nodes hold at the end. Healing has restarted them all, so all are there. */
export interface FinalState {
  readonly monitor: MonitorInspection;
  readonly replicas: readonly Replica[];
  /** The log of the replica that is primary at the end: what the service as a whole remembers. */
  readonly log: readonly LogRecord[];
}

export function finalState({ replicas: inspected }: Evidence): FinalState | undefined {
  const replicas: Replica[] = [];
  let monitor: MonitorInspection | undefined;
  for (const [node, inspection] of inspected)
    if (inspection.kind === 'monitor') monitor = inspection;
    else replicas.push({ node, ...inspection });
  const primary = replicas.find(({ node }) => node === monitor?.primary);
  return monitor === undefined || primary === undefined ? undefined : { monitor, replicas, log: primary.log };
}

export const NO_FINAL_STATE = 'no primary could be inspected at the end';

export const unknown = (reason: string, seen: Seen): CheckResult => ({ verdict: 'unknown', reason, seen });
export const valid = (seen: Seen): CheckResult => ({ verdict: 'valid', seen });
export const invalid = (violation: Violation, seen: Seen): CheckResult => ({ verdict: 'invalid', violation, seen });
