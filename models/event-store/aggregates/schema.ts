/**
 * Schemas of events and snapshots, old and new. A log has all schemas that were ever written, so whoever reads it brings
 * what it reads up to date, event by event, by pure functions from one schema to the next; a catch-up, a load and a look
 * into the past use the same ones. During a rolling upgrade the old schema goes on being written by some.
 */
import type { Data, NewEvent, Snapshot } from '../streams/events.js';
import { TOMBSTONE } from '../streams/events.js';
import { CENTS, CURRENCY, type AccountEvent, type Money } from './account.js';
import type { AggregateEvent, AggregateState, Handled } from './aggregate.js';
import type { OrderEvent } from './order.js';

/** Schema 1 had amounts in whole units, and one line for each piece; schema 2 has cents with a currency, and quantities. */
export type Schema = 1 | 2;
export const CURRENT: Schema = 2;

/** The decisions in it that mutants take otherwise. */
export interface SchemaRules {
  /** The currency of what was written before there were currencies: always the one, whoever reads it. */
  readonly currencyOfOld: (configured: string) => string;
  /** Whether a snapshot in the old schema is brought up to date as events are. */
  readonly upcastsSnapshots: boolean;
  /** Whether an event that comes by a subscription is brought up to date as one that is loaded. */
  readonly upcastsSubscribed: boolean;
}

export const schemaRules: SchemaRules = {
  currencyOfOld: () => CURRENCY,
  upcastsSnapshots: true,
  upcastsSubscribed: true,
};

/** That a transfer was asked for: no aggregate's event, but money all the same, and in both schemas. */
export type TransferRequested = { readonly type: 'requested'; readonly from: string; readonly to: string } & Money;

/** From schema 1 to schema 2. */
function upcastData(type: string, data: Data, currency: string): Data {
  if (type === 'opened') return { ...data, currency };
  if (type === 'line added') return { ...data, quantity: 1 };
  const { amount, ...rest } = data;
  return typeof amount === 'number' ? { ...rest, cents: amount * CENTS, currency } : data;
}

/** The event as the code knows events now. `configured` is the reader's own currency, which must not matter. */
export function upcast(
  { type, schema, data }: Pick<NewEvent, 'type' | 'schema' | 'data'>,
  rules: SchemaRules,
  configured: string,
): AggregateEvent {
  const now = schema < CURRENT ? upcastData(type, data, rules.currencyOfOld(configured)) : data;
  // What is in the log was written by this code, in one of its schemas.
  return { type, ...now } as unknown as AggregateEvent;
}

/** The transfer that an event asks for, as whoever follows the log reads it. */
export function requestIn({ type, schema, data }: Pick<NewEvent, 'type' | 'schema' | 'data'>, rules: SchemaRules) {
  const now = schema < CURRENT && rules.upcastsSubscribed ? upcastData(type, data, CURRENCY) : data;
  return { from: String(now['from']), to: String(now['to']), amount: Number(now['cents'] ?? now['amount']) / CENTS };
}

/** The event in the schema that its writer still uses. */
export function encode(
  event: AggregateEvent | TransferRequested,
  schema: Schema,
): { schema: Schema; type: string; data: Data } {
  const { type, ...data } = event;
  return { type, ...downcast(type, data, schema) };
}

function downcast(type: string, data: Data, schema: Schema): { schema: Schema; data: Data } {
  if (schema === CURRENT || type === TOMBSTONE) return { schema: CURRENT, data };
  // More than one piece in a line cannot be said in schema 1, so that is written in schema 2 even by an old writer.
  if (type === 'line added') return data['quantity'] === 1 ? { schema, data: {} } : { schema: CURRENT, data };
  const { cents } = data;
  const rest = Object.fromEntries(Object.entries(data).filter(([field]) => field !== 'cents' && field !== 'currency'));
  return { schema, data: typeof cents === 'number' ? { ...rest, amount: cents / CENTS } : rest };
}

/** A snapshot's state, with the commands it has seen, in the writer's schema. */
export function encodeState(
  state: AggregateState,
  handled: Handled,
  schema: Schema,
): Pick<Snapshot, 'schema' | 'state'> {
  if (schema === CURRENT || state.kind !== 'account') return { schema: CURRENT, state: { ...state, handled } };
  const { kind, open, cents, transfers } = state;
  return { schema, state: { kind, open, units: cents / CENTS, transfers, handled } };
}

/** A snapshot's state as the code knows states now. */
export function upcastState({ schema, state }: Snapshot, rules: SchemaRules, configured: string) {
  const { handled, ...rest } = state as { handled: Handled } & Record<string, unknown>;
  if (schema === CURRENT) return { state: rest as unknown as AggregateState, handled };
  const { units, ...old } = rest;
  const cents = rules.upcastsSnapshots ? Number(units) * CENTS : Number(units);
  const currency = old['open'] === true ? rules.currencyOfOld(configured) : '';
  return { state: { ...old, cents, currency } as unknown as AggregateState, handled };
}

export type { AccountEvent, OrderEvent };
