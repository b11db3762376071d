/** Streaming: messages of logical decoding become records, in their order. */
import { DATABASE, type DatabaseMessage, type Decoded, type DecodedChange } from '../messages.js';
import { SIGNALS, tableOf } from '../schema.js';
import { heartbeatMicros, queueMax, retryMicros, statusMicros } from '../timing.js';
import {
  collectionOf,
  heartbeatRecord,
  partRecord,
  partsOf,
  sourceOf,
  transactionRecord,
  type TransactionBlock,
} from './envelope.js';
import { fillAgain, noteChange, onSignal, openWindow } from './incremental.js';
import { advanced, passed, type Offset, type TransactionProgress } from './offset.js';
import { look, searchFor } from './resume.js';
import { emit, nextId, send, type ConnectorState, type Environment, type Streaming } from './state.js';
import { confirmable } from './storing.js';

type Of<K extends DatabaseMessage['kind']> = Extract<DatabaseMessage, { kind: K }>;

/** Asks for the stream from the last commit on. What comes may have been processed in part: see `resume.ts`. */
export function startStreaming(state: ConnectorState, environment: Environment): void {
  const { position } = state;
  if (position === null) return;
  const session = nextId(state);
  state.phase = { kind: 'streaming', session, next: 0, search: searchFor(position), started: false };
  requestStream(state.phase, position, environment);
  fillAgain(state, environment);
  openWindow(state, environment);
}

export function requestStream({ session }: Streaming, { lsn_commit }: Offset, { ctx }: Environment): void {
  ctx.send(DATABASE, { kind: 'startReplication', session, from: lsn_commit });
  ctx.setTimer('retry', retryMicros);
}

export function onFrames(state: ConnectorState, frames: Of<'frames'>, environment: Environment): void {
  const { ctx } = environment;
  const { phase } = state;
  if (phase.kind !== 'streaming' || phase.session !== frames.session) return;
  if (!phase.started) {
    phase.started = true;
    ctx.cancelTimer('retry');
    ctx.setTimer('status', statusMicros);
  }
  const { first, messages, total, position } = frames;
  if (state.pending.length > queueMax) return;
  if (first > phase.next) {
    status(state, phase, environment);
    return;
  }
  for (const message of messages.slice(phase.next - first)) {
    phase.next++;
    take(state, phase, message, environment);
    if (state.phase !== phase) return;
  }
  send(state, ctx);
  // Nothing of ours is in the log up to there: the position moves on without a record, and the next heartbeat tells it.
  const offset = state.position;
  if (phase.next === total && offset?.transaction === null && phase.search === null && position > offset.lsn_proc)
    state.position = passed(offset, position);
  if (first + messages.length < total) status(state, phase, environment);
}

function status(state: ConnectorState, { session, next }: Streaming, { ctx, rules }: Environment): void {
  ctx.send(DATABASE, { kind: 'pull', session, next, flushed: confirmable(state, rules) });
}

/** The timer: asks for what may have been lost, and confirms what is stored. */
export function onStatusDue(state: ConnectorState, environment: Environment): void {
  const { phase } = state;
  if (phase.kind !== 'streaming' || !phase.started) return;
  status(state, phase, environment);
  environment.ctx.setTimer('status', statusMicros);
}

/** One message of the stream, or what the search for where to resume makes of it. */
function take(state: ConnectorState, phase: Streaming, message: Decoded, environment: Environment): void {
  if (phase.search === null) {
    process(state, message, environment);
    return;
  }
  const found = look(phase.search, message, environment.rules);
  if (found.kind === 'searching') return;
  if (found.kind === 'failed') {
    state.phase = { kind: 'failed', reason: found.reason };
    return;
  }
  phase.search = null;
  if (found.inside) state.counts.resumedInside++;
  for (const one of found.messages) process(state, one, environment);
}

function process(state: ConnectorState, message: Decoded, environment: Environment): void {
  const { position } = state;
  if (position === null) return;
  const after = advanced(position, message);
  switch (message.op) {
    case 'BEGIN': {
      const transaction: TransactionProgress = { id: `${message.xid}:${message.lsn}`, total: 0, collections: {} };
      state.position = { ...after, transaction };
      emit(state, transactionRecord('BEGIN', state.position, transaction), state.position);
      return;
    }
    case 'COMMIT': {
      const progress = position.transaction ?? { id: '', total: 0, collections: {} };
      state.position = { ...after, transaction: null };
      emit(state, transactionRecord('END', state.position, progress), state.position);
      return;
    }
    default:
      if (message.table === SIGNALS) {
        state.position = after;
        onSignal(state, message, environment);
      } else if (environment.schema.captured.includes(message.table)) processChange(state, message, environment);
  }
}

/** A change, as one record or several. Only with the last of them is the change processed. */
function processChange(state: ConnectorState, change: DecodedChange, environment: Environment): void {
  const before = state.position;
  if (before === null) return;
  noteChange(state, change, environment);
  const { ctx, rules, schema } = environment;
  const { table, lsn, xid, at } = change;
  const parts = partsOf(tableOf(schema, table), change);
  const blocks: TransactionBlock[] = [];
  let progress = before.transaction ?? { id: '', total: 0, collections: {} };
  for (const { op } of parts) {
    if (op !== 'tombstone') progress = counted(progress, collectionOf(table));
    const order = progress.collections[collectionOf(table)] ?? 0;
    blocks.push({ id: progress.id, total_order: progress.total, data_collection_order: order });
  }
  const after = { ...advanced(before, change), transaction: progress };
  const source = sourceOf(table, at, { snapshot: 'false', lastCommit: before.lsn_commit, lsn, txId: xid });
  for (const [place, part] of parts.entries()) {
    const transaction = blocks[place];
    if (transaction === undefined) continue;
    const isLast = place === parts.length - 1;
    const record = partRecord(table, part, { source, transaction, now: ctx.now() });
    emit(state, record, rules.offsetOfPart({ before, after, isLast }));
  }
  state.position = after;
}

const counted = ({ id, total, collections }: TransactionProgress, collection: string): TransactionProgress => ({
  id,
  total: total + 1,
  collections: { ...collections, [collection]: (collections[collection] ?? 0) + 1 },
});

/** A heartbeat carries an offset that has moved without a record: else a quiet table would hold back the slot. */
export function onHeartbeatDue(state: ConnectorState, { ctx }: Environment): void {
  ctx.setTimer('heartbeat', heartbeatMicros);
  const { position, emitted, phase } = state;
  if (phase.kind !== 'streaming' || position === null || position.transaction !== null) return;
  if (emitted !== null && emitted.lsn_commit === position.lsn_commit && emitted.lsn_proc === position.lsn_proc) return;
  state.counts.heartbeats++;
  emit(state, heartbeatRecord(ctx.now()), position);
  send(state, ctx);
}
