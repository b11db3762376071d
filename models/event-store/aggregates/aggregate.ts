/** What a service keeps of a stream: the state of its aggregate, and which commands are in it. The fold is the same for all. */
import { TOMBSTONE, typeOf } from '../streams/events.js';
import { decideAccount, evolveAccount, NO_ACCOUNT, type Account, type AccountEvent } from './account.js';
import type { Decision } from './decision.js';
import type { AccountCommand, OrderCommand } from './operations.js';
import { decideOrder, evolveOrder, NO_ORDER, type Order, type OrderEvent } from './order.js';

export type AggregateState = Account | Order;
export type AggregateEvent = AccountEvent | OrderEvent;
export type AggregateCommand = AccountCommand | OrderCommand;

/**
 * By name of a command: the version after the events that it caused. So a repeated command is known by its aggregate; it is
 * assumed that none is repeated after so many other events.
 */
export type Handled = Readonly<Record<string, number>>;

const HANDLED_MAX = 64;

export interface Aggregate {
  readonly state: AggregateState;
  readonly handled: Handled;
  /** How many events it is the fold of. */
  readonly version: number;
}

/** An aggregate to which nothing has happened, or nothing since its stream was deleted, at that version. */
export const nothingOf = (stream: string, version: number): Aggregate => ({
  state: typeOf(stream) === 'order' ? NO_ORDER : NO_ACCOUNT,
  handled: {},
  version,
});

const evolve = (state: AggregateState, event: AggregateEvent): AggregateState =>
  state.kind === 'account' ? evolveAccount(state, event as AccountEvent) : evolveOrder(state, event as OrderEvent);

export const decide = (state: AggregateState, command: AggregateCommand): Decision<AggregateEvent> =>
  state.kind === 'account'
    ? decideAccount(state, command as AccountCommand)
    : decideOrder(state, command as OrderCommand);

/** The aggregate after one more event of this command: the same whether the log has it already or is about to. */
export function apply({ state, handled, version }: Aggregate, event: AggregateEvent, command: string): Aggregate {
  const next = version + 1;
  // A stream that is deleted takes with it what it knew.
  const known = event.type === TOMBSTONE ? {} : { ...handled, [command]: next };
  return {
    state: evolve(state, event),
    handled: next % HANDLED_MAX === 0 ? recent(known, next) : known,
    version: next,
  };
}

/** What is forgotten depends on the version alone: the state must not tell when, or from where, it was folded. */
const recent = (handled: Handled, version: number): Handled =>
  Object.fromEntries(Object.entries(handled).filter(([, after]) => after > version - HANDLED_MAX));
