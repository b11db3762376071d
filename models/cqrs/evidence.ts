/** What the properties judge: what the nodes held in the end, and what clients were told. */
import {
  operationsOf,
  type CheckResult,
  type History,
  type Observed,
  type Property,
  type RecordedOperation,
  type Seen,
} from '../../framework/index.js';
import type { CacheState } from './cache.js';
import type { OrdersState } from './command-side.js';
import {
  isCommand,
  type Cached,
  type Command,
  type CommandAnswer,
  type Counters,
  type Document,
  type GetResult,
  type Hit,
  type ListResult,
  type Operation,
  type OrderRow,
  type Recorded,
} from './messages.js';
import { CACHE, ORDERS, RELAY, SEARCH, TABLE } from './nodes.js';
import type { RelayState } from './relay.js';
import type { SearchState } from './search-state.js';
import type { TableState } from './table-state.js';

/** What a node holds in the end, and how often something came to pass at it since it last started. */
export type Holding =
  | { readonly kind: 'log'; readonly events: readonly Recorded[]; readonly counts: Seen }
  | { readonly kind: 'relay'; readonly counts: Seen }
  | {
      readonly kind: 'table';
      readonly rows: Readonly<Record<string, OrderRow>>;
      readonly counters: Readonly<Record<string, Counters>>;
      readonly counts: Seen;
    }
  | {
      readonly kind: 'search';
      readonly documents: Readonly<Record<string, Document>>;
      readonly searchable: Readonly<Record<string, Document>>;
      readonly counts: Seen;
    }
  | { readonly kind: 'cache'; readonly entries: Readonly<Record<string, Cached>>; readonly counts: Seen };

export type Evidence = Observed<Operation, Holding>;
export type ShopProperty = Property<Operation, Holding>;

export const inspectOrders = ({ log, committed, conflicts }: OrdersState): Holding => ({
  kind: 'log',
  events: log.slice(0, committed),
  counts: { conflicts },
});

export const inspectRelay = ({ itemsRepeated }: RelayState): Holding => ({ kind: 'relay', counts: { itemsRepeated } });

export const inspectTable = ({ table, repeated, refused, rebuilds }: TableState): Holding => ({
  kind: 'table',
  rows: table.rows,
  counters: table.counters,
  counts: { repeated, refused, tableRebuilds: rebuilds },
});

export const inspectSearch = ({ documents, searchable, outdated, rejected, rebuilds }: SearchState): Holding => ({
  kind: 'search',
  documents,
  searchable,
  counts: { outdated, rejected, searchRebuilds: rebuilds },
});

export const inspectCache = ({ entries, hits, staleSetsRefused, expired }: CacheState): Holding => ({
  kind: 'cache',
  entries: Object.fromEntries(Object.entries(entries).map(([key, { cached }]) => [key, cached])),
  counts: { hits, staleSetsRefused, expired },
});

const NODE_OF = { log: ORDERS, relay: RELAY, table: TABLE, search: SEARCH, cache: CACHE } as const;

/** What the node of that kind holds; undefined if it was not there to be asked. */
export function holdingOf<K extends Holding['kind']>(
  { replicas }: Pick<Evidence, 'replicas'>,
  kind: K,
): Extract<Holding, { readonly kind: K }> | undefined {
  const holding = replicas.get(NODE_OF[kind]);
  return holding?.kind === kind ? (holding as Extract<Holding, { readonly kind: K }>) : undefined;
}

export const unknown = (reason: string, seen: Seen = {}): CheckResult => ({ verdict: 'unknown', reason, seen });

/** What was kept is no proof where nothing took effect until all had healed. */
export function provenBy(run: Evidence, seen: Seen): CheckResult {
  const before = new Set<number>();
  for (const entry of run.history.slice(0, run.probesFrom))
    if (entry.type === 'invoke' && isCommand(entry.operation)) before.add(entry.operation.n);
  const events = holdingOf(run, 'log')?.events ?? [];
  return events.some(({ command }) => before.has(command))
    ? { verdict: 'valid', seen }
    : unknown('no command took effect before the probes', seen);
}

/** A verdict on what `operation` was told. */
export const violated = (
  rule: string,
  explanation: string,
  { operations, seen }: { readonly operations: readonly number[]; readonly seen: Seen },
): CheckResult => ({ verdict: 'invalid', violation: { rule, explanation, operations }, seen });

type Told<K extends Operation['kind'], R> = RecordedOperation<Operation> & {
  readonly operation: Extract<Operation, { readonly kind: K }>;
  readonly result: R;
};

/** The operations of that kind that were answered, each with its answer. */
function told<K extends Operation['kind'], R>(history: History<Operation>, kind: K): Told<K, R>[] {
  return operationsOf(history).flatMap((recorded) =>
    recorded.operation.kind === kind && recorded.outcome.kind === 'ok'
      ? [{ ...recorded, result: recorded.outcome.result } as Told<K, R>]
      : [],
  );
}

export const getsIn = (history: History<Operation>) => told<'get', GetResult>(history, 'get');
export const listsIn = (history: History<Operation>) => told<'list', ListResult>(history, 'list');
export const searchesIn = (history: History<Operation>) => told<'search', readonly Hit[]>(history, 'search');
export const logsIn = (history: History<Operation>) => told<'log', readonly Recorded[]>(history, 'log');

/** A command that was answered, refusals included. */
export interface Answered {
  readonly command: Command;
  readonly answer: CommandAnswer;
  readonly index: number;
  readonly process: number;
  readonly returnIndex: number;
  readonly answeredAt: number;
}

export const answeredIn = (history: History<Operation>): Answered[] =>
  operationsOf(history).flatMap(({ operation, outcome, index, process, returnIndex, returnedAt }) =>
    isCommand(operation) && outcome.kind === 'ok' && returnIndex !== null && returnedAt !== null
      ? [
          {
            command: operation,
            answer: outcome.result as CommandAnswer,
            index,
            process,
            returnIndex,
            answeredAt: returnedAt,
          },
        ]
      : [],
  );
