/**
 * Rebuilding the search index from zero: a new one is filled from the command side's log, and with what is indexed
 * meanwhile; versions make the order of the two irrelevant. When the log has been read to its end, the name that clients
 * use comes to stand for the new one. A crash before that leaves the old one; whoever asked asks again.
 */
import type { NodeId } from '../../framework/index.js';
import type { Message } from './messages.js';
import { ORDERS } from './nodes.js';
import type { Rules } from './rules.js';
import {
  index,
  indexingTime,
  translogOf,
  type BuildingIndex,
  type SearchContext,
  type SearchState,
} from './search-state.js';
import { pageMicros, rebuildPageMax } from './timing.js';

export function beginRebuild(
  state: SearchState,
  asker: { readonly id: string; readonly from: NodeId },
  ctx: SearchContext,
): void {
  if (state.building !== null) {
    if (!state.building.askers.some(({ id }) => id === asker.id)) state.building.askers.push(asker);
    return;
  }
  const generation = state.generation + 1;
  // What an earlier attempt has left.
  ctx.disk.truncate(translogOf(generation), 0);
  state.replaced = null;
  state.building = { generation, documents: {}, after: 0, page: null, askers: [asker], swapping: false };
  askForPage(state, ctx);
}

const pageId = ({ generation, after }: BuildingIndex): string => `search ${generation} after ${after}`;

export function askForPage({ building }: SearchState, ctx: SearchContext): void {
  if (building === null || building.page !== null || building.swapping) return;
  ctx.send(ORDERS, { kind: 'readLog', id: pageId(building), after: building.after, limit: rebuildPageMax });
  ctx.setTimer('rebuild', pageMicros);
}

export function onLogPage(
  { building }: SearchState,
  { id, events, last }: Extract<Message, { kind: 'logPage' }>,
  ctx: SearchContext,
): void {
  if (building === null || building.page !== null || building.swapping || id !== pageId(building)) return;
  building.page = { events, last };
  ctx.cancelTimer('rebuild');
  ctx.setTimer('page', indexingTime(ctx));
}

export function indexPage(state: SearchState, rules: Rules, ctx: SearchContext): void {
  const { building } = state;
  if (building === null || building.page === null) return;
  const { events, last } = building.page;
  building.page = null;
  for (const { document } of events)
    if (index(building.documents, document, rules)) ctx.disk.append(translogOf(building.generation), document);
  building.after += events.length;
  if (!last) {
    askForPage(state, ctx);
    return;
  }
  building.swapping = true;
  ctx.disk.sync('rebuilt');
}

/** Only when the disk has the new index for certain may it be told that this is the one. */
export function onRebuilt({ building }: SearchState, ctx: SearchContext): void {
  if (building === null) return;
  ctx.disk.set('generation', building.generation);
  ctx.disk.sync('swapped');
}

/** The disk has it: the name stands for the new index, which is refreshed before. */
export function onSwapped(state: SearchState, ctx: SearchContext): void {
  const { building } = state;
  if (building === null) return;
  ctx.disk.truncate(translogOf(state.generation), 0);
  state.generation = building.generation;
  state.replaced = state.documents;
  state.documents = building.documents;
  state.searchable = { ...building.documents };
  state.building = null;
  state.rebuilds++;
  for (const { id, from } of building.askers) ctx.send(from, { kind: 'rebuilt', id });
}
