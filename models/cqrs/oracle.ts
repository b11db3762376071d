/**
 * Orders and their read models once more, for the properties alone: what judges the model must not be what the model runs
 * on. This file shares no code with `domain.ts` and `table.ts`, and the model none with it. Everything is worked out from
 * all events of an order at once, never step by step.
 */
import type { Spec } from '../../framework/index.js';
import type { Command, Counters, Document, ListedOrder, OrderRow, Recorded } from './messages.js';

/** What all read models add up to, when the log ends at `through`. */
export interface Truth {
  readonly rows: Readonly<Record<string, OrderRow>>;
  readonly counters: Readonly<Record<string, Counters>>;
  readonly documents: Readonly<Record<string, Document>>;
}

export const eventsThrough = (log: readonly Recorded[], through: number): readonly Recorded[] =>
  log.filter(({ position }) => position <= through);

const eventsOf = (log: readonly Recorded[], order: string): readonly Recorded[] =>
  log.filter((recorded) => recorded.order === order);

const ordersIn = (log: readonly Recorded[]): string[] => [...new Set(log.map(({ order }) => order))].sort();

/** The row of an order after `events`, which are all of that order; null if there are none. */
function rowFrom(events: readonly Recorded[]): OrderRow | null {
  const [first] = events;
  if (first?.event.type !== 'created') return null;
  const items = events.flatMap(({ event }) => (event.type === 'item added' ? [event.item] : []));
  const shipped = events.flatMap(({ event }) => (event.type === 'shipped' ? [event.name] : []));
  const [shippedTo = null] = shipped;
  return {
    customer: first.event.customer,
    status: shippedTo === null ? 'open' : 'shipped',
    items,
    shippedTo,
    created: first.position,
    version: events.length,
  };
}

export const rowOf = (log: readonly Recorded[], order: string): OrderRow | null => rowFrom(eventsOf(log, order));

export function truthOf(log: readonly Recorded[]): Truth {
  const rows: Record<string, OrderRow> = {};
  const counters: Record<string, Counters> = {};
  const documents: Record<string, Document> = {};
  for (const order of ordersIn(log)) {
    const row = rowOf(log, order);
    if (row === null) continue;
    const { customer, status, items, version } = row;
    rows[order] = row;
    documents[order] = { order, version, customer, status, items };
    const before = counters[customer] ?? { orders: 0, items: 0, shipped: 0 };
    counters[customer] = {
      orders: before.orders + 1,
      items: before.items + items.length,
      shipped: before.shipped + (status === 'shipped' ? 1 : 0),
    };
  }
  return { rows, counters, documents };
}

/** The open orders of a customer, newest first. */
export const listOf = ({ rows }: Truth, customer: string): ListedOrder[] =>
  Object.entries(rows)
    .flatMap(([order, row]) =>
      row.customer === customer && row.status === 'open' ? [{ order, created: row.created }] : [],
    )
    .sort((one, other) => other.created - one.created);

export const mentions = (items: readonly string[], word: string): boolean =>
  items.some((item) => ` ${item} `.includes(` ${word} `));

/** The command behind an event; undefined for the item that comes with the creation of its order. */
export const commandsIn = (log: readonly Recorded[]): number[] =>
  log.flatMap(({ event, version, command }) => (event.type === 'item added' && version === 2 ? [] : [command]));

interface OrderState {
  readonly version: number;
  readonly shipped: boolean;
}

/** An order as one machine would keep it. */
export const orderSpec: Spec<OrderState, Command> = {
  name: 'order',
  initial: { version: 0, shipped: false },
  step(state, { kind }) {
    const refused = (reason: string) => ({ state, result: { refused: reason } });
    const becomes = (next: OrderState) => ({ state: next, result: { version: next.version } });
    if (kind === 'create')
      return state.version > 0 ? refused('already there') : becomes({ version: 2, shipped: false });
    if (state.version === 0) return refused('no such order');
    if (state.shipped) return refused('already shipped');
    return becomes({ version: state.version + 1, shipped: kind === 'ship' });
  },
  partition: ({ order }) => order,
};
