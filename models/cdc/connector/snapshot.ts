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
  topicIdsNow,
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

/**
 * Whether rows have to be read, given the offset that was stored. A slot is lost if it begins after what the offset says: what was
 * committed in between will not be streamed.
 */
function needsRows(mode: SnapshotMode, stored: Offset | null, isSlotLost: boolean): boolean {
  const isComplete = stored?.snapshot_completed === true;
  switch (mode) {
    case 'initial':
      return !isComplete;
    case 'when_needed':
      return !isComplete || isSlotLost;
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
  const { phase, config } = state;
  if (phase.kind !== 'connecting' || phase.id !== id || config === null) return;
  goOn(state, position, environment, () => {
    begin(state, position, environment);
    scan(state, { id, position, at }, environment);
  });
}

export function onSlotExists(
  state: ConnectorState,
  { id, confirmed }: Of<'slotExists'>,
  environment: Environment,
): void {
  const { phase, config } = state;
  if (phase.kind !== 'connecting' || phase.id !== id || config === null) return;
  goOn(state, confirmed, environment, () => {
    const snapshot = nextId(state);
    state.phase = { kind: 'snapshotting', id: snapshot, slot: confirmed };
    environment.ctx.send(DATABASE, { kind: 'beginSnapshot', id: snapshot });
    environment.ctx.setTimer('retry', retryMicros);
  });
}

/** With a slot that was confirmed so far: `takeSnapshot` if rows are needed; otherwise the stream goes on, if nothing is lost by that. */
function goOn(state: ConnectorState, confirmed: number, environment: Environment, takeSnapshot: () => void): void {
  const { config, stored, position } = state;
  if (config === null) return;
  // What it has in memory counts too: it has told of changes, whether or not an offset was stored.
  const known = stored ?? position;
  const isLost = known !== null && environment.rules.isSlotLost({ confirmed, known: known.lsn_proc });
  if (needsRows(config.mode, stored, isLost)) takeSnapshot();
  else if (isLost) state.phase = { kind: 'failed', reason: LOST };
  else if (stored !== null) {
    state.position = stored;
    startStreaming(state, environment);
  } else {
    // The first offset is on disk before anything is told, or the next life would not know that something was.
    begin(state, confirmed, environment);
    state.emitted = state.acknowledged = state.position;
    state.phase = { kind: 'completing' };
  }
}

const LOST = 'the slot was lost: what was committed since the stored offset will not be streamed';

/** Begins anew at `position`, with a snapshot if the mode has one. What was under way is forgotten. */
function begin(state: ConnectorState, position: number, { ctx, schema }: Environment): void {
  const needsSnapshot = state.config?.mode !== 'no_data';
  state.position = freshOffset(position, { needsSnapshot, filled: topicIdsNow(state, schema) });
  state.window = null;
  ctx.cancelTimer('chunkRetry');
}

/** The stream cannot go on. Without its slot, everything begins with another one; without the log there is nothing to begin with. */
export function onReplicationRefused(
  state: ConnectorState,
  { session, reason }: Of<'replicationRefused'>,
  environment: Environment,
): void {
  const { phase } = state;
  if (phase.kind !== 'streaming' || phase.session !== session) return;
  if (reason === 'the slot does not exist') connect(state, environment);
  else state.phase = { kind: 'failed', reason };
}

export function onSnapshotBegun(
  state: ConnectorState,
  { id, position, at }: Of<'snapshotBegun'>,
  environment: Environment,
): void {
  const { phase, stored } = state;
  if (phase.kind !== 'snapshotting' || phase.id !== id) return;
  const from = environment.rules.streamFrom({ slot: phase.slot, snapshot: position });
  // A snapshot that is taken again, at every start, does not change where the stream goes on, unless it cannot go on there.
  const goesOn = stored?.snapshot_completed === true && stored.lsn_proc >= phase.slot;
  if (goesOn) state.position = stored;
  else begin(state, from, environment);
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

/**
 * Streaming begins once completion is stored: else a crash would begin the snapshot anew, behind what was streamed. What is stored
 * may be of the time before a slot was lost.
 */
export function streamWhenComplete(state: ConnectorState, environment: Environment): void {
  const { phase, stored, position } = state;
  if (phase.kind !== 'completing' || stored?.snapshot_completed !== true) return;
  if (stored.lsn_commit >= (position?.lsn_commit ?? 0)) startStreaming(state, environment);
}

export function onSnapshotLost(state: ConnectorState, { id }: Of<'snapshotLost'>, environment: Environment): void {
  if (state.phase.kind === 'scanning' && state.phase.id === id) connect(state, environment);
}
