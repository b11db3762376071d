/**
 * The snapshot: (1) a transaction at repeatable read, (2) the position of the log in it, (3) every row of every captured table
 * as an event `r`, (4) the end of the transaction, (5) completion stored with the offset. A crash before that begins it anew.
 * Where the connector creates the slot, the transaction sees the slot's consistent point.
 */
import { DATABASE, type DatabaseMessage } from '../messages.js';
import { retryMicros } from '../timing.js';
import { readRecord, sourceOf, type SnapshotMarker } from './envelope.js';
import { freshOffset, type Offset } from './offset.js';
import {
  emit,
  nextId,
  send,
  type ConnectorState,
  type Environment,
  type Scanning,
  type SnapshotMode,
} from './state.js';
import { startStreaming } from './streaming.js';

type Of<K extends DatabaseMessage['kind']> = Extract<DatabaseMessage, { kind: K }>;

/** At every start: the slot is created, or is there. */
export function connect(state: ConnectorState, { ctx }: Environment): void {
  const id = nextId(state);
  state.phase = { kind: 'connecting', id };
  ctx.send(DATABASE, { kind: 'createSlot', id });
  ctx.setTimer('retry', retryMicros);
}

/** Whether rows have to be read, given the offset that was stored. */
function needsRows(mode: SnapshotMode, stored: Offset | null, slotWasThere: boolean): boolean {
  const isComplete = stored?.snapshot_completed === true;
  switch (mode) {
    case 'initial':
      return !isComplete;
    case 'when_needed':
      return !isComplete || !slotWasThere;
    case 'always':
      return true;
    case 'no_data':
      return false;
  }
}

export function onSlotCreated(
  state: ConnectorState,
  { id, position, at }: Of<'slotCreated'>,
  environment: Environment,
): void {
  const { phase, config, stored } = state;
  if (phase.kind !== 'connecting' || phase.id !== id || config === null) return;
  const isNeeded = needsRows(config.mode, stored, false);
  if (stored !== null && !isNeeded) {
    state.phase = { kind: 'failed', reason: 'the slot was gone: what has changed since the stored offset is lost' };
    return;
  }
  state.position = freshOffset(position, isNeeded);
  if (isNeeded) scan(state, { id, position, at }, environment);
  else startStreaming(state, environment);
}

export function onSlotExists(
  state: ConnectorState,
  { id, confirmed }: Of<'slotExists'>,
  environment: Environment,
): void {
  const { phase, config, stored } = state;
  if (phase.kind !== 'connecting' || phase.id !== id || config === null) return;
  if (needsRows(config.mode, stored, true)) {
    const snapshot = nextId(state);
    state.phase = { kind: 'snapshotting', id: snapshot, slot: confirmed };
    environment.ctx.send(DATABASE, { kind: 'beginSnapshot', id: snapshot });
    environment.ctx.setTimer('retry', retryMicros);
    return;
  }
  state.position = stored ?? freshOffset(confirmed, false);
  startStreaming(state, environment);
}

export function onSnapshotBegun(
  state: ConnectorState,
  { id, position, at }: Of<'snapshotBegun'>,
  environment: Environment,
): void {
  const { phase, stored } = state;
  if (phase.kind !== 'snapshotting' || phase.id !== id) return;
  const from = environment.rules.streamFrom({ slot: phase.slot, snapshot: position });
  // A snapshot that is taken again, at every start, does not change where the stream goes on.
  state.position = stored?.snapshot_completed === true ? stored : freshOffset(from, true);
  scan(state, { id, position, at }, environment);
}

function scan(
  state: ConnectorState,
  snapshot: { readonly id: string; readonly position: number; readonly at: number },
  environment: Environment,
): void {
  const scanning: Scanning = {
    kind: 'scanning',
    ...snapshot,
    tables: environment.schema.captured,
    after: null,
    held: null,
    emitted: 0,
  };
  state.phase = scanning;
  readOn(scanning, environment);
}

export function readOn({ id, tables, after }: Scanning, { ctx }: Environment): void {
  const [table] = tables;
  if (table === undefined) return;
  ctx.send(DATABASE, { kind: 'readRows', id, table, after });
  ctx.setTimer('retry', retryMicros);
}

export function onRows(
  state: ConnectorState,
  { id, table, after, rows, isLast }: Of<'rows'>,
  environment: Environment,
): void {
  const { phase } = state;
  if (phase.kind !== 'scanning' || phase.id !== id || phase.tables[0] !== table || phase.after !== after) return;
  for (const [key, row] of rows) {
    const isFirstOfTable = phase.after === null;
    release(state, phase, isFirstOfTable ? 'table' : 'row', environment);
    phase.held = { table, row, isFirstOfTable };
    phase.after = key;
  }
  if (isLast) {
    phase.tables = phase.tables.slice(1);
    phase.after = null;
  }
  if (phase.tables.length > 0) readOn(phase, environment);
  else complete(state, phase, environment);
  send(state, environment.ctx);
}

/** Emits the row that was held back, now that what follows it is known. */
function release(
  state: ConnectorState,
  phase: Scanning,
  next: 'row' | 'table' | 'end',
  { ctx, schema }: Environment,
): void {
  const { held, position, at } = phase;
  if (held === null || state.position === null) return;
  const { table, row } = held;
  const snapshot = markerOf(phase, held.isFirstOfTable, next);
  // Completion is stored with the last row.
  if (next === 'end') state.position = { ...state.position, snapshot: null, snapshot_completed: true };
  const source = sourceOf(table, at, { snapshot, lastCommit: null, lsn: position, txId: null });
  emit(state, readRecord(schema, row, source, ctx.now()), state.position);
  phase.held = null;
  phase.emitted++;
}

function markerOf({ emitted }: Scanning, isFirstOfTable: boolean, next: 'row' | 'table' | 'end'): SnapshotMarker {
  if (next === 'end') return 'last';
  if (emitted === 0) return 'first';
  if (isFirstOfTable) return 'first_in_data_collection';
  return next === 'table' ? 'last_in_data_collection' : 'true';
}

function complete(state: ConnectorState, phase: Scanning, environment: Environment): void {
  release(state, phase, 'end', environment);
  environment.ctx.cancelTimer('retry');
  state.phase = { kind: 'completing' };
  streamWhenComplete(state, environment);
}

/** Streaming begins once completion is stored: else a crash would begin the snapshot anew, behind what was streamed. */
export function streamWhenComplete(state: ConnectorState, environment: Environment): void {
  if (state.phase.kind === 'completing' && state.stored?.snapshot_completed === true)
    startStreaming(state, environment);
}

export function onSnapshotLost(state: ConnectorState, { id }: Of<'snapshotLost'>, environment: Environment): void {
  if (state.phase.kind === 'scanning' && state.phase.id === id) connect(state, environment);
}
