/**
 * The replication slot: its creation at a consistent point, its confirmation, and what the log keeps for it. As in
 * PostgreSQL, decoding sees only the records from the slot's restart position on, so a transaction that was under way when
 * the slot was begun cannot be decoded: the slot is consistent when all of those have ended.
 */
import type { NodeId } from '../../../framework/index.js';
import { keepSnapshot } from './snapshots.js';
import type { DatabaseContext, DatabaseState, Environment } from './state.js';

export function onCreateSlot(state: DatabaseState, id: string, from: NodeId, environment: Environment): void {
  const { ctx, rules } = environment;
  const { snapshot, slot } = state;
  // The answer may have been lost: the snapshot that was exported is still there, whatever has become of the slot.
  if (snapshot?.id === id) {
    ctx.send(from, { kind: 'slotCreated', id, position: snapshot.position, at: snapshot.at });
    return;
  }
  if (slot !== null) {
    ctx.send(from, { kind: 'slotExists', id, confirmed: slot.confirmed });
    return;
  }
  if (state.creation?.id === id) return;
  const writers = state.open.filter(({ firstLsn }) => firstLsn !== null).map(({ request }) => request);
  state.creation = { id, from, start: state.end, waitingFor: [...rules.endBefore(writers)] };
  completeCreation(state, environment);
}

/** A transaction has committed, or was found to have changed nothing. */
export function transactionEnded(state: DatabaseState, request: string, environment: Environment): void {
  const { creation } = state;
  if (creation === null) return;
  creation.waitingFor = creation.waitingFor.filter((one) => one !== request);
  completeCreation(state, environment);
}

function completeCreation(state: DatabaseState, { ctx, schema }: Environment): void {
  const { creation } = state;
  if (creation === null || creation.waitingFor.length > 0) return;
  state.creation = null;
  const created = state.flushedTo;
  state.slot = { created, confirmed: created, restart: Math.min(creation.start, created) };
  keepSnapshot(state, creation.id, ctx.now(), schema);
  ctx.disk.set('slot', state.slot);
  ctx.disk.sync('slotSaved', `${creation.from} ${creation.id}`);
}

/**
 * The slot is gone: an administrator ends whoever streams from it and drops it, or a standby takes over that never had it (before
 * PostgreSQL 17). The log is kept for nobody then.
 */
export function dropSlot(state: DatabaseState, ctx: DatabaseContext): void {
  if (state.slot === null) return;
  state.dropped.push(state.slot);
  ctx.disk.append('dropped', state.slot);
  ctx.disk.set('slot', null);
  ctx.disk.sync('slotDropped');
  state.slot = null;
  state.session = null;
}

/** The consumer has everything that committed before `position`. */
export function confirm(state: DatabaseState, position: number, { ctx, rules }: Environment): void {
  const { slot } = state;
  if (slot === null || position <= slot.confirmed) return;
  slot.confirmed = position;
  const restart = rules.restartFrom({ confirmed: position, oldestNeeded: oldestNeeded(state, position) });
  slot.restart = Math.max(slot.restart, restart);
  ctx.disk.set('slot', slot);
  ctx.disk.sync('slotSaved', String(slot.restart));
}

/** The first record of any transaction that commits at `position` or later, or may yet. */
function oldestNeeded({ log, open, slot }: DatabaseState, position: number): number {
  const needed = new Set(open.flatMap(({ xid }) => xid ?? []));
  for (const record of log) if (record.kind === 'commit' && record.lsn >= position) needed.add(record.xid);
  const restart = slot?.restart ?? 0;
  const first = log.find(({ lsn, xid }) => lsn >= restart && needed.has(xid));
  return Math.min(position, first?.lsn ?? position);
}

/**
 * The slot is on disk. A slot that was confirmed: `what` is its restart position there, and only now may the log be cut
 * behind it. One that was created: whoever did is told.
 */
export function onSlotSaved(state: DatabaseState, what: string, ctx: DatabaseContext): void {
  const { snapshot } = state;
  const [from = '', id] = what.split(' ');
  if (id === undefined) state.removedBelow = Math.max(state.removedBelow, Number(from));
  else if (snapshot?.id === id)
    ctx.send(from, { kind: 'slotCreated', id, position: snapshot.position, at: snapshot.at });
}
