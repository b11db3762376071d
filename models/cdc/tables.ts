/** The schema of this system. That of the consumers is in a folder of theirs. */
import { schemaOf } from './schema.js';

export const SHOP = schemaOf(
  {
    customers: {
      columns: ['id', 'name'],
      key: 'id',
      identity: 'FULL',
      large: [],
      partitions: 3,
      put: (id, _before, { value }) => ({ id, name: value }),
    },
    // One partition: a truncation has no key, and its order against rows is kept only if there is no other.
    orders: {
      columns: ['id', 'item', 'note'],
      key: 'id',
      identity: 'DEFAULT',
      large: ['note'],
      partitions: 1,
      put: (id, before, { value }) =>
        before === undefined ? { id, item: value, note: `long ${value}` } : { ...before, item: value },
    },
    journal: {
      columns: ['entry'],
      key: null,
      identity: 'NOTHING',
      large: [],
      partitions: 1,
      put: (_id, _before, { value }) => ({ entry: value }),
    },
    scratch: {
      columns: ['entry'],
      key: null,
      identity: 'NOTHING',
      large: [],
      partitions: 0,
      put: (_id, _before, { value }) => ({ entry: value }),
    },
  },
  {
    seed: {
      customers: { a: { id: 'a', name: 'seed' }, b: { id: 'b', name: 'seed' }, c: { id: 'c', name: 'seed' } },
      orders: { x: { id: 'x', item: 'seed', note: 'long seed' }, y: { id: 'y', item: 'seed', note: 'long seed' } },
      journal: { seed: { entry: 'seed' } },
    },
  },
);

/** The tables that consumers are told of, in the order of a snapshot. */
export const CAPTURED = ['customers', 'orders', 'journal'] as const;
export type Captured = (typeof CAPTURED)[number];
