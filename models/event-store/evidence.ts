/** What the properties judge: the log and the read models as nodes held them in the end, and what clients were told. */
import {
  operationsOf,
  type Entry,
  type History,
  type NodeId,
  type Observed,
  type RecordedOperation,
} from '../../framework/index.js';
import { isCommand, type AccountRow, type BankOperation, type Command, type RecordedEvent } from './messages.js';
import { PROJECTIONS, STORE } from './nodes.js';

/** What a node holds in the end: the store its log, a projection its rows. */
export type Holding =
  | { readonly kind: 'log'; readonly events: readonly RecordedEvent[] }
  | { readonly kind: 'rows'; readonly rows: Readonly<Record<string, AccountRow>> };

export type Evidence = Observed<BankOperation, Holding>;

export const inspectStore = (state: { readonly log: readonly RecordedEvent[] }): Holding => ({
  kind: 'log',
  events: state.log,
});

export const inspectProjection = (state: { readonly rows: Readonly<Record<string, AccountRow>> }): Holding => ({
  kind: 'rows',
  rows: state.rows,
});

export const isRefusal = (result: unknown): boolean =>
  typeof result === 'object' && result !== null && 'refused' in result;

const isEvent = (value: unknown): value is RecordedEvent =>
  typeof value === 'object' && value !== null && 'version' in value && 'command' in value && 'event' in value;

/** The events that an `events` operation returned. */
export const eventsIn = (result: unknown): RecordedEvent[] => (Array.isArray(result) ? result.filter(isEvent) : []);

export const isRow = (value: unknown): value is AccountRow =>
  typeof value === 'object' && value !== null && 'version' in value && 'balance' in value && 'applied' in value;

const versionIn = (result: unknown): number =>
  typeof result === 'object' && result !== null && 'version' in result ? Number(result.version) : -1;

/** The history with each completion changed by `change`, which knows the operation; undefined drops the operation. */
export function rewrite(
  history: History<BankOperation>,
  change: (operation: BankOperation, entry: Entry<BankOperation>) => Entry<BankOperation> | undefined,
): History<BankOperation> {
  const open = new Map<number, BankOperation>();
  return history.flatMap((entry) => {
    if (entry.type === 'invoke') open.set(entry.process, entry.operation);
    const operation = open.get(entry.process);
    const changed = operation === undefined ? entry : change(operation, entry);
    return changed === undefined ? [] : [changed];
  });
}

/** A refused command appended nothing, and never will: for durability it has failed. */
export const refusalsAsFailures = (history: History<BankOperation>): History<BankOperation> =>
  rewrite(history, (operation, entry) =>
    entry.type === 'ok' && isCommand(operation) && isRefusal(entry.result)
      ? { type: 'fail', process: entry.process, time: entry.time, reason: 'refused' }
      : entry,
  );

/** Each command leaves its number in the events it caused; a fee only follows its withdrawal. */
export const commandsIn = (result: unknown): string[] =>
  eventsIn(result).flatMap(({ command, event }) => (event.type === 'fee charged' ? [] : [String(command)]));

export function finalStreams(history: History<BankOperation>, from: number): RecordedOperation<BankOperation>[] {
  return operationsOf(history).filter(({ operation, index }) => operation.kind === 'events' && index >= from);
}

/** A command whose client was told that it took effect, and which version of its account it was told. */
export interface Acknowledged {
  readonly command: Command;
  readonly version: number;
  readonly index: number;
  readonly process: number;
  readonly invokedAt: number;
  readonly acknowledgedAt: number;
}

export const acknowledgedIn = (history: History<BankOperation>): Acknowledged[] =>
  operationsOf(history).flatMap(({ operation, outcome, index, process, invokedAt, returnedAt }) => {
    if (!isCommand(operation) || outcome.kind !== 'ok' || isRefusal(outcome.result) || returnedAt === null) return [];
    const version = versionIn(outcome.result);
    return [{ command: operation, version, index, process, invokedAt, acknowledgedAt: returnedAt }];
  });

/** The log in the order of commits; undefined if the store was not there to be asked. */
export function logOf(replicas: ReadonlyMap<NodeId, Holding>): readonly RecordedEvent[] | undefined {
  const holding = replicas.get(STORE);
  return holding?.kind === 'log' ? holding.events : undefined;
}

/** The log as its streams, each in the order of its versions. */
export function streamsOf(log: readonly RecordedEvent[]): ReadonlyMap<string, readonly RecordedEvent[]> {
  const streams = new Map<string, RecordedEvent[]>();
  for (const event of log.toSorted((one, other) => one.version - other.version)) {
    const stream = streams.get(event.stream);
    if (stream === undefined) streams.set(event.stream, [event]);
    else stream.push(event);
  }
  return streams;
}

/** The rows of each projection that was there to be asked. */
export const readModelsOf = (replicas: ReadonlyMap<NodeId, Holding>) =>
  new Map(
    PROJECTIONS.flatMap((node) => {
      const holding = replicas.get(node);
      return holding?.kind === 'rows' ? [[node, holding.rows] as const] : [];
    }),
  );

/** How many events of the log were appended while there were faults: those of probes prove little. */
export function eventsBeforeProbes({ history, probesFrom, replicas }: Evidence): number {
  const before = new Set<number>();
  for (const entry of history.slice(0, probesFrom))
    if (entry.type === 'invoke' && isCommand(entry.operation)) before.add(entry.operation.n);
  return (logOf(replicas) ?? []).filter(({ command }) => before.has(command)).length;
}
