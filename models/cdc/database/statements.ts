/** What a statement does to the rows that its transaction sees, and what it has to lock for that. */
import type { Statement } from '../messages.js';
import { SIGNALS, type Row, type TableName } from '../tables.js';
import type { RowChange } from './log.js';

/** A row as the transaction sees it. */
export type Look = (table: TableName, key: string) => Row | undefined;

/** What is written is told apart by these. */
export interface Place {
  readonly n: number;
  /** The place of the statement in its transaction. */
  readonly index: number;
  /** Unique to the transaction. */
  readonly request: string;
}

const change = (
  table: TableName,
  op: RowChange['op'],
  key: string,
  { before = null, after = null, oldKey = null }: Partial<Pick<RowChange, 'before' | 'after' | 'oldKey'>>,
): RowChange => ({ table, op, before, after, key, oldKey });

export function changesOf(statement: Statement, look: Look, { n, index, request }: Place): readonly RowChange[] {
  const value = `${n}.${index}`;
  switch (statement.kind) {
    case 'put':
      return [put(statement.table, statement.id, look(statement.table, statement.id), value)];
    case 'delete': {
      const before = look(statement.table, statement.id);
      return before === undefined ? [] : [change(statement.table, 'd', statement.id, { before })];
    }
    case 'rekey': {
      const { from, to } = statement;
      const before = look('customers', from);
      if (before === undefined || look('customers', to) !== undefined) return [];
      return [change('customers', 'u', to, { before, after: { ...before, id: to }, oldKey: from })];
    }
    case 'copy':
      return statement.ids
        .filter((id) => look('customers', id) === undefined)
        .map((id) => change('customers', 'c', id, { after: { id, name: value } }));
    case 'truncate':
      return [change('orders', 't', '', {})];
    case 'note':
      return [change(statement.table, 'c', `${request}.${index}`, { after: { entry: value } })];
    case 'snapshot':
      return [signal(`${request}.${index}`, 'execute-snapshot', statement.tables.join(','))];
    case 'watermark': {
      const id = `${statement.window}.${statement.bound}`;
      if (look(SIGNALS, id) !== undefined) return [];
      return [signal(id, `snapshot-window-${statement.bound}`, statement.window)];
    }
  }
}

function put(table: 'customers' | 'orders', id: string, before: Row | undefined, value: string): RowChange {
  if (table === 'customers') {
    const after = { id, name: value };
    return before === undefined ? change(table, 'c', id, { after }) : change(table, 'u', id, { before, after });
  }
  if (before === undefined) return change(table, 'c', id, { after: { id, item: value, note: `long ${value}` } });
  return change(table, 'u', id, { before, after: { ...before, item: value } });
}

const signal = (id: string, type: string, data: string): RowChange =>
  change(SIGNALS, 'c', id, { after: { id, type, data } });

/** The locks that a statement needs: rows, or a whole table. */
export function locksOf(statement: Statement): readonly string[] {
  switch (statement.kind) {
    case 'put':
    case 'delete':
      return [`${statement.table}/${statement.id}`];
    case 'rekey':
      return [`customers/${statement.from}`, `customers/${statement.to}`];
    case 'copy':
      return statement.ids.map((id) => `customers/${id}`);
    case 'truncate':
      return ['orders'];
    case 'watermark':
      return [`${SIGNALS}/${statement.window}.${statement.bound}`];
    case 'note':
    case 'snapshot':
      return [];
  }
}

/** Whether two sets of locks exclude one another: a table's lock excludes those of its rows. */
export const conflict = (some: readonly string[], others: readonly string[]): boolean =>
  some.some((one) =>
    others.some((other) => one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`)),
  );
