/** What a statement does to the rows that its transaction sees, and what it has to lock for that. */
import type { Statement } from '../messages.js';
import { SIGNALS, tableOf, type Row, type Schema } from '../schema.js';
import type { RowChange } from './log.js';

/** A row as the transaction sees it. */
export type Look = (table: string, key: string) => Row | undefined;

export interface Place {
  readonly schema: Schema;
  /** What is written is told apart by these. */
  readonly n: number;
  /** The place of the statement in its transaction. */
  readonly index: number;
  /** Unique to the transaction. */
  readonly request: string;
}

const change = (
  table: string,
  op: RowChange['op'],
  key: string,
  { before = null, after = null, oldKey = null }: Partial<Pick<RowChange, 'before' | 'after' | 'oldKey'>>,
): RowChange => ({ table, op, before, after, key, oldKey });

export function changesOf(
  statement: Statement,
  look: Look,
  { schema, n, index, request }: Place,
): readonly RowChange[] {
  const written = { n, value: `${n}.${index}` };
  const put = (table: string, key: string, before: Row | undefined): RowChange => {
    const after = tableOf(schema, table).put(key, before, written);
    return before === undefined ? change(table, 'c', key, { after }) : change(table, 'u', key, { before, after });
  };
  switch (statement.kind) {
    case 'put':
      return [put(statement.table, statement.id, look(statement.table, statement.id))];
    case 'delete': {
      const before = look(statement.table, statement.id);
      return before === undefined ? [] : [change(statement.table, 'd', statement.id, { before })];
    }
    case 'rekey': {
      const { table, from, to } = statement;
      const before = look(table, from);
      const { key } = tableOf(schema, table);
      if (key === null || before === undefined || look(table, to) !== undefined) return [];
      return [change(table, 'u', to, { before, after: { ...before, [key]: to }, oldKey: from })];
    }
    case 'copy':
      return statement.ids
        .filter((id) => look(statement.table, id) === undefined)
        .map((id) => put(statement.table, id, undefined));
    case 'truncate':
      return [change(statement.table, 't', '', {})];
    case 'note':
      return [put(statement.table, `${request}.${index}`, undefined)];
    case 'snapshot':
      return [signal(`${request}.${index}`, 'execute-snapshot', statement.tables.join(','))];
    case 'watermark': {
      const id = `${statement.window}.${statement.bound}`;
      if (look(SIGNALS, id) !== undefined) return [];
      return [signal(id, `snapshot-window-${statement.bound}`, statement.window)];
    }
  }
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
      return [`${statement.table}/${statement.from}`, `${statement.table}/${statement.to}`];
    case 'copy':
      return statement.ids.map((id) => `${statement.table}/${id}`);
    case 'truncate':
      return [statement.table];
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
