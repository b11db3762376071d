/** The database: which handler answers which message. What the handlers do is in the files they come from. */
import { protocol, type Role } from '../../../framework/index.js';
import type { Message } from '../messages.js';
import type { Rules } from '../rules.js';
import type { Schema } from '../schema.js';
import { dropSlot, onCreateSlot, onSlotSaved } from './slots.js';
import { onBeginSnapshot, onRead, onReadChunk, onReadRow, onReadRows } from './snapshots.js';
import { freshDatabase, recoverDatabase, type DatabaseState, type DatabaseTimer } from './state.js';
import { onPull, onStartReplication } from './streaming.js';
import { onExecute, onFlushed, onStatement } from './transactions.js';

export function database(schema: Schema, rules: Rules): Role<DatabaseState, Message> {
  return protocol<DatabaseState, Message, DatabaseTimer>({
    init: () => freshDatabase(schema),
    recover: (ctx) => recoverDatabase(ctx, schema),
    on: {
      execute(state, message, from, ctx) {
        onExecute(state, message, from, { ctx, rules, schema });
      },
      read: onRead,
      readRow: onReadRow,
      createSlot(state, { id }, from, ctx) {
        onCreateSlot(state, id, from, { ctx, rules, schema });
      },
      beginSnapshot(state, { id }, from, ctx) {
        onBeginSnapshot(state, id, from, { ctx, rules, schema });
      },
      readRows: onReadRows,
      readChunk: onReadChunk,
      startReplication(state, message, from, ctx) {
        onStartReplication(state, message, from, { ctx, rules, schema });
      },
      pull(state, message, from, ctx) {
        onPull(state, message, from, { ctx, rules, schema });
      },
    },
    controls: { 'drop-slot': dropSlot },
    timers: {
      slotDropped: () => undefined,
      statement(state, ctx, request) {
        onStatement(state, request, { ctx, rules, schema });
      },
      flushed(state, ctx, count) {
        onFlushed(state, Number(count), { ctx, rules, schema });
      },
      slotSaved(state, ctx, creator) {
        onSlotSaved(state, creator, ctx);
      },
    },
  });
}
