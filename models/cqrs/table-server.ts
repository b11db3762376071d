/**
 * The server of the table: it applies what is published, once and in order, answers queries from what is committed, and
 * reads its own log of changes to tell the cache what to forget (mcsqueal in Nishtala et al., NSDI 2013, §4.1).
 */
import { protocol } from '../../framework/index.js';
import type { Message, Recorded, TableAnswer, TableQuery } from './messages.js';
import { CACHE, RELAY } from './nodes.js';
import type { Rules } from './rules.js';
import { askForPage, beginRebuild, onLogPage, onRebuilt, onSwapped } from './table-rebuild.js';
import { received, walOf, type TableContext, type TableState, type TableTimer, type Waiting } from './table-state.js';
import { applyWrite, emptyTable, openOrders, type Table, type Write } from './table.js';
import { invalidateMicros, waitMicros } from './timing.js';

export function tableServer(rules: Rules) {
  const invalidate = (state: TableState, ctx: TableContext) => {
    const through = rules.invalidateThrough({ committed: state.table.position, received: received(state) });
    if (state.invalidated >= through) return;
    ctx.send(CACHE, { kind: 'invalidate', keys: changedOrders(state, through), through });
    if (rules.awaitsInvalidation()) ctx.setTimer('invalidate', invalidateMicros);
    else state.invalidated = through;
  };

  const select = (state: TableState, { from, id, query, token }: Waiting, ctx: TableContext): boolean => {
    if (!rules.hasReached(state.table, query.after)) return false;
    ctx.send(from, { kind: 'selected', id, answer: answerOf(state.table, query), token });
    return true;
  };

  const answerOf = (table: Table, query: TableQuery): TableAnswer => {
    const through = table.position;
    if (query.kind === 'get') return { kind: 'row', row: table.rows[query.order] ?? null, through };
    const all = openOrders(table, query.customer);
    const orders = rules.page(all, query.cursor);
    return { kind: 'page', orders, last: orders.length === 0 || orders.at(-1)?.order === all.at(-1)?.order, through };
  };

  const answerWaiting = (state: TableState, ctx: TableContext) => {
    state.waiting = state.waiting.filter((one) => {
      const answered = select(state, one, ctx);
      if (answered) ctx.cancelTimer('wait', one.id);
      return !answered;
    });
  };

  const caughtUp = (state: TableState, ctx: TableContext) => {
    answerWaiting(state, ctx);
    invalidate(state, ctx);
  };

  return protocol<TableState, Message, TableTimer>({
    init: () => freshState(1, emptyTable(), 0),
    recover(ctx) {
      const generation = ctx.disk.get<number>('generation') ?? 1;
      const table = emptyTable();
      for (const write of ctx.disk.read<Write>(walOf(generation))) applyWrite(table, write);
      const state = freshState(generation, table, ctx.disk.get<number>('invalidated') ?? 0);
      invalidate(state, ctx);
      return state;
    },
    on: {
      publish(state, { events }, _from, ctx) {
        // One transaction at a time, and none while a table takes the place of another. The relay publishes again.
        if (state.committing.length > 0 || state.building?.swapping === true) return;
        const fresh = events.filter(({ position }) => rules.isNew({ position, received: received(state) }));
        state.repeated += events.length - fresh.length;
        for (const recorded of fresh) receive(state, recorded, ctx);
        const last = fresh.at(-1);
        if (last === undefined) ctx.send(RELAY, { kind: 'published', through: state.table.position });
        else {
          ctx.disk.sync('committed');
          invalidate(state, ctx);
        }
      },
      select(state, { id, query, token }, from, ctx) {
        const asked: Waiting = { id, from, query, token };
        if (state.waiting.some((one) => one.id === id) || select(state, asked, ctx)) return;
        state.waiting.push(asked);
        ctx.setTimer('wait', waitMicros, id);
      },
      invalidated(state, { through }, _from, ctx) {
        if (through <= state.invalidated) return;
        state.invalidated = through;
        // Goes to disk with the next commit: until then a crash only repeats invalidations.
        ctx.disk.set('invalidated', through);
        ctx.cancelTimer('invalidate');
        invalidate(state, ctx);
      },
      rebuild(state, { id }, from, ctx) {
        beginRebuild(state, { id, from }, ctx);
      },
      logPage(state, page, _from, ctx) {
        onLogPage(state, page, rules, ctx);
      },
    },
    timers: {
      committed(state, ctx) {
        for (const write of state.committing) applyWrite(state.table, write);
        state.committing = [];
        ctx.send(RELAY, { kind: 'published', through: state.table.position });
        caughtUp(state, ctx);
      },
      wait(state, ctx, id) {
        const late = state.waiting.find((one) => one.id === id);
        if (late === undefined) return;
        state.waiting = state.waiting.filter((one) => one.id !== id);
        state.refused++;
        ctx.send(late.from, { kind: 'tooEarly', id });
      },
      invalidate,
      rebuild: askForPage,
      rebuilt: onRebuilt,
      swapped(state, ctx) {
        onSwapped(state, ctx);
        caughtUp(state, ctx);
      },
    },
  });

  function receive(state: TableState, recorded: Recorded, ctx: TableContext): void {
    for (const parts of rules.apply()) {
      const write: Write = { recorded, parts };
      ctx.disk.append(walOf(state.generation), write);
      state.committing.push(write);
    }
  }
}

/** The orders whose rows have changed since what the cache has acknowledged, up to `through`; on their way to disk, too. */
function changedOrders({ table, committing, invalidated }: TableState, through: number): string[] {
  const changed = { ...table.changed };
  for (const { recorded } of committing) if (recorded.position <= through) changed[recorded.order] = recorded.position;
  return Object.keys(changed)
    .filter((order) => (changed[order] ?? 0) > invalidated)
    .sort();
}

const freshState = (generation: number, table: Table, invalidated: number): TableState => ({
  generation,
  table,
  committing: [],
  invalidated,
  waiting: [],
  building: null,
  replaced: null,
  repeated: 0,
  refused: 0,
  rebuilds: 0,
});
