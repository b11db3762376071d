/**
 * The read model in a SQL database, as data: rows of orders, counters of customers, and the position that they reflect.
 * The database's log on disk says what was changed in one write; after a crash the tables are what the log adds up to.
 */
import type { Counters, ListedOrder, OrderRow, Recorded } from './messages.js';
import type { Part } from './rules.js';

export interface Table {
  readonly rows: Record<string, OrderRow>;
  readonly counters: Record<string, Counters>;
  position: number;
  /** By order, the position of the last event that changed its row: the order in which rows changed. */
  readonly changed: Record<string, number>;
}

/** One atomic write: these parts of what the event changes. */
export interface Write {
  readonly recorded: Recorded;
  readonly parts: readonly Part[];
}

export const emptyTable = (): Table => ({ rows: {}, counters: {}, position: 0, changed: {} });

const NO_ROW: OrderRow = { customer: '', status: 'open', items: [], shippedTo: null, created: 0, version: 0 };
const NO_COUNTERS: Counters = { orders: 0, items: 0, shipped: 0 };

export function applyWrite(table: Table, { recorded, parts }: Write): void {
  const { order, position, document } = recorded;
  if (parts.includes('row')) {
    table.rows[order] = upsert(table.rows[order] ?? NO_ROW, recorded);
    table.changed[order] = position;
  }
  if (parts.includes('counters')) {
    const { customer } = document;
    table.counters[customer] = increment(table.counters[customer] ?? NO_COUNTERS, recorded);
  }
  if (parts.includes('position')) table.position = Math.max(table.position, position);
}

function upsert(row: OrderRow, { event, version, position }: Recorded): OrderRow {
  switch (event.type) {
    case 'created':
      return { ...row, version, customer: event.customer, created: position };
    case 'item added':
      return { ...row, version, items: [...row.items, event.item] };
    case 'shipped':
      return { ...row, version, status: 'shipped', shippedTo: event.name };
  }
}

function increment(counters: Counters, { event }: Recorded): Counters {
  switch (event.type) {
    case 'created':
      return { ...counters, orders: counters.orders + 1 };
    case 'item added':
      return { ...counters, items: counters.items + 1 };
    case 'shipped':
      return { ...counters, shipped: counters.shipped + 1 };
  }
}

/** A customer's open orders, newest first. */
export const openOrders = ({ rows }: Table, customer: string): ListedOrder[] =>
  Object.entries(rows)
    .filter(([, row]) => row.customer === customer && row.status === 'open')
    .map(([order, { created }]) => ({ order, created }))
    .sort((one, other) => other.created - one.created);
