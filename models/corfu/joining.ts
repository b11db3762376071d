/**
 * How a unit comes in again (§3.3; safe repair as in Machi). It empties itself, has itself named as the one that is
 * being repaired, so that whatever is acknowledged from then on is written to it too; copies what the last unit of the
 * chain holds; and then becomes the last itself. Each step is a reconfiguration, which it runs as clients do, but that it
 * drops nobody: it proposes only when all members have answered. The head does likewise when there is no sequencer.
 */
import type { NodeId } from '../../framework/index.js';
import { AUXILIARY, type Message } from './messages.js';
import {
  isSealed,
  nobodySealed,
  noteSealed,
  replicasOf,
  successor,
  toBeSealed,
  type Projection,
} from './projection.js';
import {
  empty,
  saveRecord,
  takePage,
  type Attempt,
  type UnitContext,
  type UnitSetting,
  type UnitState,
} from './unit-state.js';

/** Rounds are for those who have several: a unit knows an answer by its epoch. */
const NO_ROUND = 0;

export function poll(unit: UnitState, ctx: UnitContext, setting: UnitSetting): void {
  ctx.send(AUXILIARY, { kind: 'layout', round: NO_ROUND });
  if (unit.attempt === null) return;
  propose(unit, ctx);
  askToSeal(unit, ctx, setting);
}

/** The auxiliary says what the projection is. */
export function considerProjection(
  unit: UnitState,
  projection: Projection,
  ctx: UnitContext,
  setting: UnitSetting,
): void {
  // A projection is decided before anybody is sealed for the one after the next.
  if (projection.epoch < (unit.projection?.epoch ?? 0) || projection.epoch < unit.epoch - 1) return;
  unit.projection = projection;
  if (unit.attempt?.epoch === projection.epoch + 1) return;
  unit.attempt = null;
  const { self } = ctx;
  const { chain, repairing } = projection;
  const place = chain.indexOf(self);
  const isMember = place >= 0 || repairing === self;
  if (isMember && !unit.copied) {
    const source = chain[place >= 0 ? place - 1 : chain.length - 1];
    if (source !== undefined)
      ctx.send(source, { kind: 'copy', round: NO_ROUND, epoch: projection.epoch, from: unit.copyFrom });
  }
  if (place === 0 && projection.sequencer === null) begin(unit, null, ctx, setting);
  if (place >= 0 || (repairing !== null && repairing !== self)) return;
  if (!isMember) empty(unit, ctx);
  const into = setting.rules.mayEnterChain({ copied: unit.copied }) ? 'chain' : 'repair';
  if (!isMember || into === 'chain') begin(unit, { unit: self, into }, ctx, setting);
}

function begin(unit: UnitState, joining: Attempt['joining'], ctx: UnitContext, setting: UnitSetting): void {
  const epoch = (unit.projection?.epoch ?? 0) + 1;
  if (epoch > unit.epoch) unit.seals++;
  unit.epoch = epoch;
  saveRecord(unit, ctx);
  unit.attempt = { epoch, joining, sealed: nobodySealed() };
  askToSeal(unit, ctx, setting);
}

/** Its own seal is asked for as any other: the answer comes when it is on disk. */
function askToSeal({ attempt, projection }: UnitState, ctx: UnitContext, { sequencers }: UnitSetting): void {
  if (attempt === null || projection === null) return;
  const { epoch, sealed } = attempt;
  const others = toBeSealed(projection, sequencers).filter((one) => one !== ctx.self);
  for (const node of [...others, ctx.self])
    if (!isSealed(sealed, node)) ctx.send(node, { kind: 'seal', epoch, round: NO_ROUND });
}

export function noteAnswer(
  unit: UnitState,
  message: Extract<Message, { kind: 'sealed' | 'stopped' }>,
  from: NodeId,
  ctx: UnitContext,
  { sequencers }: UnitSetting,
): void {
  const { attempt } = unit;
  if (attempt?.epoch !== message.epoch) return;
  noteSealed(attempt.sealed, from, message);
  // Without a sequencer it waits until it polls again.
  if (sequencers.every((one) => isSealed(attempt.sealed, one))) propose(unit, ctx);
}

function propose({ attempt, projection }: UnitState, ctx: UnitContext): void {
  if (attempt === null || projection === null) return;
  const { joining, sealed } = attempt;
  if (![...replicasOf(projection), ctx.self].every((one) => isSealed(sealed, one))) return;
  const next = successor(projection, sealed, joining);
  if (next !== undefined) ctx.send(AUXILIARY, { kind: 'propose', round: NO_ROUND, projection: next });
}

/** A part of the copy, from the unit before this one, in the epoch in which it was asked for. */
export function noteBatch(
  unit: UnitState,
  { epoch, from, pages, length }: Extract<Message, { kind: 'batch' }>,
  ctx: UnitContext,
): void {
  if (unit.copied || unit.copying !== null || epoch !== unit.epoch || epoch !== unit.projection?.epoch) return;
  if (from !== unit.copyFrom) return;
  for (const [place, page] of pages.entries()) if (page !== null) takePage(unit, from + place, page, ctx);
  unit.copyFrom += pages.length;
  if (unit.copyFrom < length) return;
  saveRecord(unit, ctx);
  unit.copying = unit.syncs;
}
