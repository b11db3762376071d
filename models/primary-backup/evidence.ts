/** What the properties of both systems judge: acknowledged writes, reads, and what the nodes hold at the end. */
import type { NodeId, Observed } from '../../framework/index.js';
import type { LogRecord, Operation } from './messages.js';
import type { MonitorInspection } from './monitor.js';
import type { ReplicaInspection } from './replica-state.js';

export type Inspection = ReplicaInspection | MonitorInspection;
export type Evidence = Observed<Operation, Inspection>;

/** An operation that was answered. `index` is that of its invocation in the history. */
export interface Answered<O extends Operation> {
  readonly index: number;
  readonly operation: O;
  readonly result: unknown;
  readonly answeredAt: number;
}

export type Write = Extract<Operation, { readonly kind: 'put' }>;
export type Read = Exclude<Operation, Write>;

export interface AnsweredOperations {
  readonly writes: readonly Answered<Write>[];
  readonly reads: readonly Answered<Read>[];
}

export function answeredOperations({ history }: Evidence): AnsweredOperations {
  const open = new Map<number, { readonly index: number; readonly operation: Operation }>();
  const writes: Answered<Write>[] = [];
  const reads: Answered<Read>[] = [];
  for (const [index, entry] of history.entries()) {
    if (entry.type === 'invoke') open.set(entry.process, { index, operation: entry.operation });
    else {
      const asked = open.get(entry.process);
      open.delete(entry.process);
      if (asked === undefined || entry.type !== 'ok') continue;
      const { operation } = asked;
      const answered = { index: asked.index, result: entry.result, answeredAt: entry.time };
      if (operation.kind === 'put') writes.push({ ...answered, operation });
      else reads.push({ ...answered, operation });
    }
  }
  return { writes, reads };
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
