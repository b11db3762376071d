/** Reads: of a snapshot, which stays as it was, and of a table as it is now. */
import type { NodeId } from '../../../framework/index.js';
import type { DatabaseMessage, KeyedRow } from '../messages.js';
import type { Row, Schema } from '../schema.js';
import { chunkRowsMax, scanRowsMax } from '../timing.js';
import type { DatabaseContext, DatabaseState, Environment } from './state.js';

type Of<K extends DatabaseMessage['kind']> = Extract<DatabaseMessage, { kind: K }>;

/** Keeps what is committed now under `id`, in place of the snapshot before. It ends with the process. */
export function keepSnapshot(state: DatabaseState, id: string, now: number, { captured }: Schema): void {
  const tables = Object.fromEntries(captured.map((table) => [table, { ...state.tables[table] }]));
  // Every commit that is visible lies before this position, and every other one at it or after it.
  state.snapshot = { id, position: state.flushedTo, at: Math.floor(now / 1_000), tables };
}

export function onBeginSnapshot(state: DatabaseState, id: string, from: NodeId, { ctx, schema }: Environment): void {
  if (state.snapshot?.id !== id) keepSnapshot(state, id, ctx.now(), schema);
  if (state.snapshot === null) return;
  ctx.send(from, { kind: 'snapshotBegun', id, position: state.snapshot.position, at: state.snapshot.at });
}

export function onReadRows(
  state: DatabaseState,
  { id, table, after }: Of<'readRows'>,
  from: NodeId,
  ctx: DatabaseContext,
): void {
  if (state.snapshot?.id !== id) ctx.send(from, { kind: 'snapshotLost', id });
  else
    ctx.send(from, { kind: 'rows', id, table, after, ...page(state.snapshot.tables[table] ?? {}, after, scanRowsMax) });
}

export function onReadChunk(
  state: DatabaseState,
  { id, table, after }: Of<'readChunk'>,
  from: NodeId,
  ctx: DatabaseContext,
): void {
  ctx.send(from, { kind: 'chunk', id, ...page(state.tables[table] ?? {}, after, chunkRowsMax) });
}

export function onRead(state: DatabaseState, { id, table }: Of<'read'>, from: NodeId, ctx: DatabaseContext): void {
  const rows = state.tables[table] ?? {};
  ctx.send(from, { kind: 'table', id, rows: page(rows, null, Infinity).rows.map(([, row]) => row) });
}

export function onReadRow(
  { tables }: DatabaseState,
  { id, table, key }: Of<'readRow'>,
  from: NodeId,
  ctx: DatabaseContext,
): void {
  ctx.send(from, { kind: 'row', id, key, row: tables[table]?.[key] ?? null });
}

const keysOf = (rows: Readonly<Record<string, Row>>): string[] => Object.keys(rows).sort();

/** The first rows after a key, in the order of keys. */
function page(rows: Readonly<Record<string, Row>>, after: string | null, most: number) {
  const keys = keysOf(rows).filter((key) => after === null || key > after);
  const read = keys.slice(0, most).flatMap((key): KeyedRow[] => {
    const row = rows[key];
    return row === undefined ? [] : [[key, row]];
  });
  return { rows: read, isLast: keys.length <= most };
}
