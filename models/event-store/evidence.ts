/** What the properties judge: the log and the read models as nodes held them in the end, and what clients were told. */
import { operationsOf, type Entry, type History, type NodeId, type RecordedOperation } from '../../framework/index.js';
import { EMPTY_ROW, project } from './bank.js';
import type { AccountRow, BankOperation, RecordedEvent } from './messages.js';

/** What a node holds in the end: the store its log, a projection its rows. */
export type Holding =
  | { readonly kind: 'log'; readonly events: readonly RecordedEvent[] }
  | { readonly kind: 'rows'; readonly rows: Readonly<Record<string, AccountRow>> };

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

export const isEvent = (value: unknown): value is RecordedEvent =>
  typeof value === 'object' && value !== null && 'version' in value && 'command' in value && 'event' in value;

/** The events that an `events` operation returned. */
export const eventsIn = (result: unknown): RecordedEvent[] => (Array.isArray(result) ? result.filter(isEvent) : []);

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
  rewrite(history, ({ kind }, entry) =>
    entry.type === 'ok' && kind !== 'events' && isRefusal(entry.result)
      ? { type: 'fail', process: entry.process, time: entry.time, reason: 'refused' }
      : entry,
  );

/** Each command leaves its number in the events it caused; a fee only follows its withdrawal. */
export const commandsIn = (result: unknown): string[] =>
  eventsIn(result).flatMap(({ command, event }) => (event.type === 'fee charged' ? [] : [String(command)]));

export function finalStreams(history: History<BankOperation>, from: number): RecordedOperation<BankOperation>[] {
  return operationsOf(history).filter(({ operation, index }) => operation.kind === 'events' && index >= from);
}

/** The log as its streams, each in the order of its versions. */
export function streamsOf(replicas: ReadonlyMap<NodeId, Holding>): ReadonlyMap<string, RecordedEvent[]> {
  const store = replicas.get('store');
  const streams = new Map<string, RecordedEvent[]>();
  if (store?.kind !== 'log') return streams;
  for (const event of store.events.toSorted((one, other) => one.version - other.version)) {
    const stream = streams.get(event.stream);
    if (stream === undefined) streams.set(event.stream, [event]);
    else stream.push(event);
  }
  return streams;
}

/** What every projection must hold in the end: the fold of the store's log. */
export function foldOfLog(replicas: ReadonlyMap<NodeId, Holding>): Record<string, AccountRow> | undefined {
  const rows: Record<string, AccountRow> = {};
  const store = replicas.get('store');
  if (store?.kind !== 'log' || store.events.length === 0) return undefined;
  for (const event of store.events.toSorted((one, other) => one.position - other.position))
    rows[event.stream] = project(rows[event.stream] ?? EMPTY_ROW, event);
  return rows;
}

export const isRow = (value: unknown): value is AccountRow =>
  typeof value === 'object' && value !== null && 'version' in value && 'balance' in value && 'applied' in value;

export const versionOf = (result: unknown): number =>
  typeof result === 'object' && result !== null && 'version' in result ? Number(result.version) : -1;
