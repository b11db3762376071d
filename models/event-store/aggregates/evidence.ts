/** What the properties judge: what clients asked and were told, and what the store and the services held in the end. */
import {
  operationsOf,
  type Entry,
  type History,
  type NodeId,
  type Observed,
  type RecordedOperation,
} from '../../../framework/index.js';
import type { HeldSnapshot, RecordedEvent } from '../streams/events.js';
import type { StoreState } from '../streams/state.js';
import type { Aggregate } from './aggregate.js';
import { isCommand, streamOf, type Command, type Operation } from './operations.js';
import { BLANK, booksOf, enter, type Books } from './oracle.js';
import type { ServiceState } from './work.js';

export type Holding =
  | {
      readonly kind: 'store';
      readonly log: readonly RecordedEvent[];
      readonly hidden: Readonly<Record<string, number>>;
      readonly deleted: Readonly<Record<string, number>>;
      readonly snapshots: Readonly<Record<string, HeldSnapshot>>;
      readonly generation: number;
    }
  | { readonly kind: 'cache'; readonly aggregates: Readonly<Record<string, Aggregate>> };

export type Evidence = Observed<Operation, Holding>;

export const inspectStore = ({ log, hidden, deleted, snapshots, generation }: StoreState): Holding => ({
  kind: 'store',
  ...{ log, hidden, deleted, snapshots, generation },
});

/** An aggregate that is being changed is not looked at: whether it will be so is not decided. */
export const inspectService = ({ cache, working }: ServiceState): Holding => ({
  kind: 'cache',
  aggregates: Object.fromEntries(Object.entries(cache).filter(([stream]) => working[stream] === undefined)),
});

export interface StoreHolding {
  /** By stream, the version below which events are truncated, and that after its last tombstone. */
  readonly hidden: Readonly<Record<string, number>>;
  readonly deleted: Readonly<Record<string, number>>;
  readonly snapshots: Readonly<Record<string, HeldSnapshot>>;
  /** Each stream's events that are left, in order. */
  readonly streams: ReadonlyMap<string, readonly RecordedEvent[]>;
  readonly generation: number;
}

/** What the store held; undefined if it was not there to be asked. */
export function storeOf(replicas: ReadonlyMap<NodeId, Holding>): StoreHolding | undefined {
  for (const holding of replicas.values()) {
    if (holding.kind !== 'store') continue;
    const streams = new Map<string, RecordedEvent[]>();
    for (const event of holding.log.toSorted((one, other) => one.version - other.version)) {
      const stream = streams.get(event.stream);
      if (stream === undefined) streams.set(event.stream, [event]);
      else stream.push(event);
    }
    return { ...holding, streams };
  }
  return undefined;
}

/** How many events a stream has had. */
export const versionOf = ({ streams, hidden }: StoreHolding, stream: string): number =>
  Math.max((streams.get(stream)?.at(-1)?.version ?? -1) + 1, hidden[stream] ?? 0);

/**
 * The books of a stream after `version` events: from its beginning, from where it was deleted, or from its snapshot (which
 * an invariant has judged when it was taken), whichever has the events that follow. Undefined if none has.
 */
export function booksAt(store: StoreHolding, stream: string, version: number): Books | undefined {
  const events = store.streams.get(stream) ?? [];
  const snapshot = store.snapshots[stream];
  const bases: readonly (readonly [version: number, books: Books])[] = [
    [0, BLANK],
    [store.deleted[stream] ?? 0, BLANK],
    ...(snapshot === undefined ? [] : [[snapshot.version, booksOf(snapshot)] as const]),
  ];
  for (const [from, base] of bases) {
    const tail = events.filter((event) => event.version >= from && event.version < version);
    if (from <= version && tail.length === version - from) return tail.reduce(enter, base);
  }
  return undefined;
}

/** Whether nothing is left to judge that version by: events before it are truncated or deleted. */
export const isGone = ({ snapshots, hidden }: StoreHolding, stream: string, version: number): boolean => {
  const before = hidden[stream] ?? 0;
  return version < before || (before > 0 && version < (snapshots[stream]?.version ?? 0));
};

/** The version after a command, as its event says, or the snapshot that stands for it. Undefined if it never happened. */
export function versionAfter(
  { streams, snapshots }: StoreHolding,
  stream: string,
  command: string,
): number | undefined {
  const event = streams.get(stream)?.findLast(({ metadata }) => metadata.command === command);
  if (event !== undefined) return event.version + 1;
  const handled = snapshots[stream]?.state['handled'] as Readonly<Record<string, number>> | undefined;
  return handled?.[command];
}

/** A field of a result that is a number, or −1. */
export const numberOf = (result: unknown, field: string): number => {
  const value: unknown = typeof result === 'object' && result !== null ? Reflect.get(result, field) : undefined;
  return typeof value === 'number' ? value : -1;
};

export const has = (result: unknown, field: string): boolean =>
  typeof result === 'object' && result !== null && field in result;

/** The state that a query returned, as books. */
export const booksIn = (result: unknown): Books => {
  const state: unknown = has(result, 'state') ? Reflect.get(result as object, 'state') : undefined;
  return booksOf({ schema: 2, state: (state ?? {}) as Record<string, unknown> });
};

/** A command whose client was told that it took effect, and the version that its stream then had. */
export interface Acknowledged {
  readonly command: Command;
  readonly stream: string;
  readonly version: number;
  readonly operation: RecordedOperation<Operation>;
}

export const acknowledgedIn = (history: History<Operation>): Acknowledged[] =>
  operationsOf(history).flatMap((operation) => {
    const { operation: command, outcome } = operation;
    if (!isCommand(command) || outcome.kind !== 'ok' || has(outcome.result, 'refused')) return [];
    return [{ command, stream: streamOf(command), version: numberOf(outcome.result, 'version'), operation }];
  });

/** The history with each entry made into any number of others by `change`, which knows the operation. */
export function rewrite<O extends { readonly kind: string }>(
  history: History<Operation>,
  change: (operation: Operation, entry: Entry<Operation>) => readonly Entry<O>[],
): History<O> {
  const open = new Map<number, Operation>();
  return history.flatMap((entry) => {
    if (entry.type === 'invoke') open.set(entry.process, entry.operation);
    const operation = open.get(entry.process);
    return operation === undefined ? [] : change(operation, entry);
  });
}
