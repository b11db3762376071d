/** The schema of the source: two tables of which every old row is in the log. */
import { schemaOf, type Value } from '../schema.js';
import type { Row } from './messages.js';

/** The tables of the source. */
export type TableName = 'orders' | 'customers';

const NEXT_STATUS: Readonly<Record<string, Row['status']>> = { placed: 'paid', paid: 'shipped', shipped: 'shipped' };
const next = (status: Value | undefined): Row['status'] => NEXT_STATUS[String(status)] ?? 'placed';

/** A put creates a row, with a code of its own, or takes it one step further. */
const TABLE = {
  columns: ['id', 'code', 'status', 'n'],
  key: 'id',
  identity: 'FULL',
  large: [],
  partitions: 2,
  put: (id, before, { n, value }) =>
    before === undefined
      ? { id, code: `code${value}`, status: 'placed', n }
      : { ...before, status: next(before['status']), n },
} as const satisfies Parameters<typeof schemaOf>[0][string];

export const SOURCE = schemaOf({ orders: TABLE, customers: TABLE }, { hasSlot: true });
