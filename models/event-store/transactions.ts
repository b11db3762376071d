/**
 * Transactions as PostgreSQL has them, for every store of this folder. An append takes its positions when it is inserted
 * and becomes visible when it commits, so commits may come in another order than positions; readers get only what can no
 * longer be overtaken.
 */
import type { NodeId } from '../../framework/index.js';

/** What a store itself knows of an event that it keeps. */
export interface Stored {
  /** Its place in the order of all events, from 1. Taken when it is inserted, not when it commits: there may be gaps. */
  readonly position: number;
  readonly stream: string;
  /** Its place in its stream, from 0, without gaps. */
  readonly version: number;
}

/** What a store itself knows of an append. */
export interface Asked {
  readonly id: string;
  readonly stream: string;
}

export interface Waiting<A> {
  readonly append: A;
  readonly from: NodeId;
}

/** An append under way: inserted, with positions of its own, but seen by nobody yet. */
export interface Transaction<A, E> extends Waiting<A> {
  readonly events: readonly E[];
}

export interface Transactions<A extends Asked, E extends Stored> {
  /** Committed events, in the order of their commits. */
  log: E[];
  /** The number of committed events of each stream. */
  readonly versions: Record<string, number>;
  /** The last position taken, by whatever transaction. */
  lastPosition: number;
  /** The highest position of a committed event. */
  lastCommitted: number;
  open: Transaction<A, E>[];
  /** Appends that wait for a transaction on their stream, oldest first. */
  waiting: Waiting<A>[];
  /** How far each subscriber has been sent events. */
  readonly subscribers: Record<NodeId, number>;
}

export const noTransactions = <A extends Asked, E extends Stored>(): Transactions<A, E> => ({
  log: [],
  versions: {},
  lastPosition: 0,
  lastCommitted: 0,
  open: [],
  waiting: [],
  subscribers: {},
});

type Any = Transactions<Asked, Stored>;

export const isUnderWay = ({ open, waiting }: Pick<Any, 'open' | 'waiting'>, id: string): boolean =>
  [...open, ...waiting].some(({ append }) => append.id === id);

/**
 * The first of so many positions in a row. A sequence does not take part in rollbacks: what an insert has taken of it, and
 * is refused, stays a gap.
 */
export function takePositions(state: Pick<Any, 'lastPosition'>, count: number): number {
  const first = state.lastPosition + 1;
  state.lastPosition += count;
  return first;
}

/** The transaction of this append, which is no longer open. */
export function close<A extends Asked, E extends Stored>(
  state: Pick<Transactions<A, E>, 'open'>,
  id: string,
): Transaction<A, E> | undefined {
  const transaction = state.open.find(({ append }) => append.id === id);
  if (transaction !== undefined) state.open = state.open.filter(({ append }) => append.id !== id);
  return transaction;
}

/** The oldest append that waits for `stream`, which no longer does. */
export function wake<A extends Asked>(
  state: Pick<Transactions<A, Stored>, 'waiting'>,
  stream: string,
): Waiting<A> | undefined {
  const next = state.waiting.find(({ append }) => append.stream === stream);
  if (next !== undefined) state.waiting = state.waiting.filter(({ append }) => append.id !== next.append.id);
  return next;
}

export const lowest = (positions: readonly number[], otherwise: number): number =>
  positions.reduce((low, position) => Math.min(low, position), otherwise);

/** Up to the last commit, and not past the first position of an open transaction: what commits later must be met later. */
export const readableThrough = ({ open, lastCommitted }: Pick<Any, 'open' | 'lastCommitted'>): number =>
  lowest(
    open.flatMap(({ events }) => events.map(({ position }) => position - 1)),
    lastCommitted,
  );

/** Whether an open transaction has the row lock of `stream`. */
export const isLocked = ({ open }: Pick<Any, 'open'>, stream: string): boolean =>
  open.some(({ append }) => append.stream === stream);
