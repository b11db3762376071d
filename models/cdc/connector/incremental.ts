/**
 * The incremental snapshot, as DBLog has it: tables are read in chunks while the stream goes on. A low watermark is written to
 * the signal table, a chunk is read, a high watermark is written; both come back in the stream, in the order of commits. What
 * the stream has of a key between them is as new as the chunk or newer, so the chunk's row is dropped; what is left of the
 * chunk is emitted at the high watermark.
 */
import { DATABASE, type DatabaseMessage, type DecodedChange } from '../messages.js';
import { tableOf, type Row, type Table } from '../schema.js';
import { retryMicros } from '../timing.js';
import { readRecord, sourceOf } from './envelope.js';
import type { Offset } from './offset.js';
import { emit, nextId, topicIdsNow, type ConnectorState, type Environment, type Window } from './state.js';

type Chunk = Extract<DatabaseMessage, { kind: 'chunk' }>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A row of the signal table, in the stream: asked for by a client, or a watermark of our own. */
export function onSignal(state: ConnectorState, { after }: DecodedChange, environment: Environment): void {
  const data = text(after?.['data']);
  switch (text(after?.['type'])) {
    case 'execute-snapshot':
      ask(state, data.split(','), environment);
      return;
    case 'snapshot-window-open':
      if (state.window?.id === data) state.window.isOpen = true;
      return;
    case 'snapshot-window-close':
      if (state.window?.id === data) close(state, state.window, environment);
  }
}

/** Adds tables to those to be read. */
function ask(state: ConnectorState, tables: readonly string[], environment: Environment): void {
  const { position } = state;
  if (position === null) return;
  const { incremental } = position;
  const known = incremental.tables;
  const all = [
    ...known,
    ...tables.filter((table) => tableOf(environment.schema, table).key !== null && !known.includes(table)),
  ];
  state.position = { ...position, incremental: { ...incremental, tables: all } };
  openWindow(state, environment);
}

/**
 * Topics that were created anew are empty: their tables are read from the beginning, if they have a key to read them by. Debezium does not notice; whoever deletes a
 * topic has to ask for the snapshot. Deletions that only the old topic had are not told again: readers begin anew with the topic.
 */
export function fillAgain(state: ConnectorState, environment: Environment): void {
  const { position, window } = state;
  if (position === null) return;
  const { tables, lastKey, filled } = position.incremental;
  const now = topicIdsNow(state, environment.schema);
  const anew = environment.schema.captured.filter((table) => filled[table] !== now[table]);
  if (anew.length === 0) return;
  const keyed = anew.filter((table) => tableOf(environment.schema, table).key !== null);
  const isInterrupted = anew.includes(tables[0] ?? '');
  state.position = {
    ...position,
    incremental: {
      tables: [...tables.filter((table) => !anew.includes(table)), ...keyed],
      lastKey: isInterrupted ? null : lastKey,
      filled: now,
    },
  };
  if (window !== null && isInterrupted) {
    state.window = null;
    environment.ctx.cancelTimer('chunkRetry');
  }
  openWindow(state, environment);
}

/** Begins the next chunk, if there is one and none is under way. */
export function openWindow(state: ConnectorState, environment: Environment): void {
  const { position, window } = state;
  const [table] = position?.incremental.tables ?? [];
  if (position === null || table === undefined || window !== null) return;
  state.window = {
    id: nextId(state),
    table,
    after: position.incremental.lastKey,
    step: 'opening',
    isOpen: false,
    changed: [],
    truncated: false,
    rows: [],
    isLast: false,
  };
  proceed(state.window, environment);
}

const watermark = ({ id }: Window, bound: 'open' | 'close') => `${id}.${bound}`;

/** Does, or repeats, what the window is at. */
function proceed(window: Window, { ctx }: Environment): void {
  const { id, table, after, step } = window;
  const execute = (bound: 'open' | 'close') => {
    const statements = [{ kind: 'watermark', window: id, bound } as const];
    ctx.send(DATABASE, { kind: 'execute', id: watermark(window, bound), n: 0, statements });
  };
  if (step === 'opening') execute('open');
  else if (step === 'closing') execute('close');
  else ctx.send(DATABASE, { kind: 'readChunk', id, table, after });
  ctx.setTimer('chunkRetry', retryMicros);
}

export function retryChunk(state: ConnectorState, environment: Environment): void {
  if (state.window !== null) proceed(state.window, environment);
}

export function onExecuted(state: ConnectorState, id: string, environment: Environment): void {
  const { window } = state;
  if (window === null) return;
  if (window.step === 'opening' && id === watermark(window, 'open')) {
    window.step = 'reading';
    proceed(window, environment);
  } else if (window.step === 'closing' && id === watermark(window, 'close')) environment.ctx.cancelTimer('chunkRetry');
}

export function onChunk(state: ConnectorState, { id, rows, isLast }: Chunk, environment: Environment): void {
  const { window } = state;
  if (window?.id !== id || window.step !== 'reading') return;
  window.rows = rows;
  window.isLast = isLast;
  window.step = 'closing';
  proceed(window, environment);
}

/** A change of a table in the stream: the chunk's row of that key is older, or the same. */
export function noteChange(
  { window }: ConnectorState,
  { table, op, before, after }: DecodedChange,
  { schema }: Environment,
): void {
  if (window?.isOpen !== true || window.table !== table) return;
  if (op === 'TRUNCATE') window.truncated = true;
  for (const row of [before, after]) if (row !== null) window.changed.push(keyIn(tableOf(schema, table), row));
}

const keyIn = ({ key }: Table, row: Row): string => text(row[key ?? '']);

/** The high watermark: what is left of the chunk is emitted, each row with the offset that says so. */
function close(state: ConnectorState, window: Window, environment: Environment): void {
  const { ctx, rules, schema } = environment;
  const { table, rows, changed, truncated, isLast } = window;
  const progress = (position: Offset, tables: readonly string[], lastKey: string | null): Offset => ({
    ...position,
    incremental: { ...position.incremental, tables, lastKey },
  });
  for (const [key, row] of rows) {
    if (state.position === null) return;
    state.position = progress(state.position, state.position.incremental.tables, key);
    if (rules.dropsFromChunk({ changedMeanwhile: truncated || changed.includes(key) })) {
      state.counts.droppedFromChunks++;
      continue;
    }
    const now = ctx.now();
    const where = { snapshot: 'incremental', lastCommit: state.position.lsn_commit, lsn: null, txId: null } as const;
    emit(state, readRecord(schema, row, sourceOf(table, Math.floor(now / 1_000), where), now), state.position);
  }
  if (isLast && state.position !== null)
    state.position = progress(state.position, state.position.incremental.tables.slice(1), null);
  state.window = null;
  ctx.cancelTimer('chunkRetry');
  openWindow(state, environment);
}
