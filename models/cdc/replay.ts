/** What a consumer has that reads a topic from its beginning and keeps the last record of each key. */
import { PLACEHOLDER } from './connector/envelope.js';
import { recordsOf, type TopicRecord } from './evidence.js';
import { rowKey } from './oracle.js';
import type { Row } from './schema.js';
import type { Captured } from './tables.js';

type Sink = Parameters<typeof recordsOf>[0];

/** The rows that the topic of a table leads to. It takes no notice of what came before, so that it bears any replay. */
export function replayed(sink: Sink, table: Captured): ReadonlyMap<string, Row> {
  const rows = new Map<string, Row>();
  for (const record of recordsOf(sink, table)) apply(rows, table, record);
  return rows;
}

function apply(rows: Map<string, Row>, table: Captured, { key, value }: TopicRecord): void {
  if (value === null) {
    if (key !== null) rows.delete(String((JSON.parse(key) as Row)['id']));
    return;
  }
  if (!('op' in value)) return;
  const { op, before, after } = value;
  if (op === 't') rows.clear();
  else if (after !== null) rows.set(rowKey(table, after), kept(after, rows.get(rowKey(table, after))));
  else if (before !== null) rows.delete(rowKey(table, before));
}

/** The placeholder is never stored: the column stays as it was. */
function kept(after: Row, known: Row | undefined): Row {
  return Object.fromEntries(
    Object.entries(after).map(([column, value]) => [
      column,
      value === PLACEHOLDER ? (known?.[column] ?? PLACEHOLDER) : value,
    ]),
  );
}
