/**
 * Rebuilding the table from zero: a new one is made from the command side's log while the old one serves and follows what
 * is published. When the new one has all that the old one has received, it takes its place, in one write. A crash before
 * that leaves the old one; whoever asked asks again.
 */
import type { NodeId } from '../../framework/index.js';
import type { Message } from './messages.js';
import { ORDERS } from './nodes.js';
import type { Rules } from './rules.js';
import { received, walOf, type Building, type TableContext, type TableState } from './table-state.js';
import { applyWrite, emptyTable, type Write } from './table.js';
import { pageMicros, rebuildPageMax } from './timing.js';

export function beginRebuild(
  state: TableState,
  asker: { readonly id: string; readonly from: NodeId },
  ctx: TableContext,
): void {
  if (state.building !== null) {
    if (!state.building.askers.some(({ id }) => id === asker.id)) state.building.askers.push(asker);
    return;
  }
  const generation = state.generation + 1;
  // What an earlier attempt has left.
  ctx.disk.truncate(walOf(generation), 0);
  state.replaced = null;
  const receivedAtStart = received(state);
  state.building = { generation, table: emptyTable(), receivedAtStart, askers: [asker], swapping: false };
  askForPage(state, ctx);
}

const pageId = ({ generation, table }: Building): string => `table ${generation} after ${table.position}`;

export function askForPage({ building }: TableState, ctx: TableContext): void {
  if (building === null || building.swapping) return;
  const after = building.table.position;
  ctx.send(ORDERS, { kind: 'readLog', id: pageId(building), after, limit: rebuildPageMax });
  ctx.setTimer('rebuild', pageMicros);
}

export function onLogPage(
  state: TableState,
  { id, events, last }: Extract<Message, { kind: 'logPage' }>,
  rules: Rules,
  ctx: TableContext,
): void {
  const { building } = state;
  if (building === null || building.swapping || id !== pageId(building)) return;
  for (const recorded of events)
    for (const parts of rules.apply()) {
      const write: Write = { recorded, parts };
      ctx.disk.append(walOf(building.generation), write);
      applyWrite(building.table, write);
    }
  const { receivedAtStart } = building;
  if (rules.isRebuilt({ rebuilt: building.table.position, received: received(state), receivedAtStart })) {
    building.swapping = true;
    ctx.cancelTimer('rebuild');
    ctx.disk.sync('rebuilt');
  } else if (!last) askForPage(state, ctx);
}

/** Only when the disk has the new table for certain may it be told that this is the one. */
export function onRebuilt({ building }: TableState, ctx: TableContext): void {
  if (building === null) return;
  ctx.disk.set('generation', building.generation);
  ctx.disk.sync('swapped');
}

/** The disk has it. Syncs complete in order, so nothing of the old table is still on its way. */
export function onSwapped(state: TableState, ctx: TableContext): void {
  const { building } = state;
  if (building === null) return;
  ctx.disk.truncate(walOf(state.generation), 0);
  state.generation = building.generation;
  state.replaced = state.table;
  state.table = building.table;
  // It never goes back: the relay will not publish again what was acknowledged.
  state.table.position = Math.max(state.replaced.position, building.table.position);
  state.building = null;
  state.rebuilds++;
  for (const { id, from } of building.askers) ctx.send(from, { kind: 'rebuilt', id });
}
