/** A storage unit: a space of write-once pages behind an epoch. What it does to come in again is in `joining.ts`. */
import { protocol, type NodeId, type Role } from '../../framework/index.js';
import { considerProjection, noteAnswer, noteBatch, poll } from './joining.js';
import type { Message } from './messages.js';
import { BATCH_PAGES, POLL_MICROS } from './timing.js';
import {
  isPending,
  lengthOf,
  owe,
  pageAt,
  restored,
  saveRecord,
  settle,
  takePage,
  type Timer,
  type UnitContext,
  type UnitSetting,
  type UnitState,
} from './unit-state.js';

export function storageUnit(setting: UnitSetting): Role<UnitState, Message> {
  const start = (ctx: UnitContext): UnitState => {
    ctx.setTimer('poll', POLL_MICROS);
    return restored(ctx);
  };
  /** A request of another epoch is refused: older ones are over, and of a newer one this unit has not been told. */
  const admits = (
    unit: UnitState,
    { epoch, round }: { readonly epoch: number; readonly round: number },
    from: NodeId,
    ctx: UnitContext,
  ): boolean => {
    if (epoch === unit.epoch) return true;
    ctx.send(from, { kind: 'refused', round, epoch: unit.epoch });
    return false;
  };
  return protocol<UnitState, Message, Timer>({
    init: start,
    recover: start,
    on: {
      write(unit, message, from, ctx) {
        if (!admits(unit, message, from, ctx)) return;
        const { round, position } = message;
        const page = takePage(unit, position, message.page, ctx);
        if (isPending(unit, position)) owe(unit, from, { kind: 'stored', round, page });
        else ctx.send(from, { kind: 'stored', round, page });
      },
      look(unit, message, from, ctx) {
        if (!admits(unit, message, from, ctx)) return;
        ctx.send(from, { kind: 'looked', round: message.round, page: pageAt(unit, message.position) });
      },
      length(unit, message, from, ctx) {
        if (!admits(unit, message, from, ctx)) return;
        ctx.send(from, { kind: 'longest', round: message.round, length: lengthOf(unit) });
      },
      fetch(unit, message, from, ctx) {
        if (!admits(unit, message, from, ctx)) return;
        ctx.send(from, { kind: 'pages', round: message.round, pages: unit.pages });
      },
      copy(unit, message, to, ctx) {
        if (!admits(unit, message, to, ctx)) return;
        const { epoch, round, from } = message;
        const pages = unit.pages.slice(from, from + BATCH_PAGES);
        ctx.send(to, { kind: 'batch', round, epoch, from, pages, length: lengthOf(unit) });
      },
      seal(unit, { epoch, round }, from, ctx) {
        if (epoch < unit.epoch) {
          ctx.send(from, { kind: 'refused', round, epoch: unit.epoch });
          return;
        }
        if (epoch > unit.epoch) unit.seals++;
        unit.epoch = epoch;
        saveRecord(unit, ctx);
        owe(unit, from, { kind: 'sealed', epoch, round, tail: 0 });
      },

      // As one that wants to come in
      projection: (unit, { projection }, _from, ctx) => considerProjection(unit, projection, ctx, setting),
      sealed: (unit, message, from, ctx) => noteAnswer(unit, message, from, ctx, setting),
      stopped: (unit, message, from, ctx) => noteAnswer(unit, message, from, ctx, setting),
      batch: (unit, message, _from, ctx) => noteBatch(unit, message, ctx),
      refused: () => undefined,
    },
    timers: {
      synced: (unit, ctx, key) => settle(unit, Number(key), ctx),
      poll(unit, ctx) {
        poll(unit, ctx, setting);
        ctx.setTimer('poll', POLL_MICROS);
      },
    },
  });
}
