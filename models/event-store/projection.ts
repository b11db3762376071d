/**
 * A projection: it subscribes to the store, catches up, follows live, and folds events into a read model of its own. The
 * handlers of different accounts run side by side and finish in any order, as handlers that call a database do.
 */
import { protocol, type Context } from '../../framework/index.js';
import { ALL_ACCOUNTS } from './accounts.js';
import { EMPTY_ROW, project } from './bank.js';
import type { AccountRow, Message, RecordedEvent } from './messages.js';
import { STORE } from './nodes.js';
import { received } from './pages.js';
import type { Rules } from './rules.js';
import { checkpointMicros, handlingMicros, renewalMicros } from './timing.js';

export interface ProjectionState {
  /** The read model, by account. */
  readonly rows: Record<string, AccountRow>;
  /** Every event up to here has been received. */
  through: number;
  /** Received and not yet handled, in order of position. Of each stream only the first is being handled. */
  unhandled: RecordedEvent[];
  /** The highest position handled so far, whatever is unhandled below it. */
  highestHandled: number;
  /** The position last written to disk. */
  checkpoint: number;
  /** Whether the checkpoint is to be looked at again: it can only move when an event has been handled. */
  checkpointDue: boolean;
}

type Timer = 'handle' | 'checkpoint' | 'checkpointed' | 'renew';
type Ctx = Context<Message, Timer>;

export function projection(rules: Rules) {
  const subscribe = (state: ProjectionState, ctx: Ctx) => {
    ctx.send(STORE, { kind: 'subscribe', after: state.through });
    ctx.setTimer('renew', renewalMicros);
  };
  const start = (checkpoint: number, rows: Record<string, AccountRow>, ctx: Ctx): ProjectionState => {
    const position = { through: checkpoint, highestHandled: checkpoint, checkpoint };
    const state = { rows, ...position, unhandled: [], checkpointDue: false };
    subscribe(state, ctx);
    return state;
  };
  const handleNext = (state: ProjectionState, stream: string, ctx: Ctx) => {
    if (state.unhandled.some((one) => one.stream === stream))
      ctx.setTimer('handle', ctx.random.between(handlingMicros.min, handlingMicros.max), stream);
  };

  return protocol<ProjectionState, Message, Timer>({
    init: (ctx) => start(0, {}, ctx),
    recover(ctx) {
      const rows: Record<string, AccountRow> = {};
      for (const account of ALL_ACCOUNTS) {
        const row = ctx.disk.get<AccountRow>(`row ${account}`);
        if (row !== undefined) rows[account] = row;
      }
      return start(ctx.disk.get<number>('checkpoint') ?? 0, rows, ctx);
    },
    on: {
      page(state, page, _from, ctx) {
        const events = received(state, page);
        // A page before this one was lost or overtaken: ask again from where we are.
        if (events === undefined) {
          subscribe(state, ctx);
          return;
        }
        for (const event of events) {
          const idle = !state.unhandled.some(({ stream }) => stream === event.stream);
          state.unhandled.push(event);
          if (idle) handleNext(state, event.stream, ctx);
        }
      },
      ask(state, { id, account }, from, ctx) {
        ctx.send(from, { kind: 'row', id, row: state.rows[account] ?? null });
      },
    },
    timers: {
      handle(state, ctx, stream) {
        const event = state.unhandled.find((one) => one.stream === stream);
        if (event === undefined) return;
        const row = state.rows[stream] ?? EMPTY_ROW;
        if (!rules.reflects(row, event)) {
          const next = project(row, event);
          state.rows[stream] = next;
          ctx.disk.set(`row ${stream}`, next);
        }
        state.unhandled = state.unhandled.filter(({ position }) => position !== event.position);
        state.highestHandled = Math.max(state.highestHandled, event.position);
        if (!state.checkpointDue) ctx.setTimer('checkpoint', checkpointMicros);
        state.checkpointDue = true;
        handleNext(state, stream, ctx);
      },
      checkpoint(state, ctx) {
        state.checkpointDue = false;
        const checkpoint = rules.checkpoint(state);
        if (checkpoint <= state.checkpoint) return;
        // Rows were written before it, and the disk keeps that order: a checkpoint never outlives what it stands for.
        ctx.disk.set('checkpoint', checkpoint);
        ctx.disk.sync('checkpointed');
        state.checkpoint = checkpoint;
      },
      checkpointed() {
        // Nothing waits for it: after a crash the projection starts from the last one that was kept.
      },
      renew(state, ctx) {
        subscribe(state, ctx);
      },
    },
  });
}
