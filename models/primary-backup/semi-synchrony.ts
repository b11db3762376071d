/**
 * Semi-synchronous replication (MySQL 8.4 Reference Manual, §19.4.10): a write is acknowledged when one backup has it on
 * disk. If for a time none takes what waits, the primary degrades: it acknowledges alone, and says so. It returns when a
 * backup has everything that it committed meanwhile.
 */
import { heldBy, type ModeChange, type Reign, type ReplicaContext, type ReplicaState } from './replica-state.js';
import type { Setting } from './replica-state.js';

/** How many records a second disk has too, as far as this primary knows. */
export function copiedLength(state: ReplicaState, { followers }: Reign, setting: Setting): number {
  return setting.rules.copied({ held: heldBy(state, setting), acked: followers.map(({ acked }) => acked) });
}

/** Whenever something may have changed: returns from degradation, or lets the time run for what waits for a copy. */
export function watchCopies(state: ReplicaState, reign: Reign, setting: Setting, ctx: ReplicaContext): void {
  const copied = copiedLength(state, reign, setting);
  if (reign.mode !== 'synchronous') {
    // What was committed alone is alone no more when it is copied; what comes now waits again.
    const isCaughtUp = copied > (reign.watched ?? 0) && (reign.mode === 'degrading' || copied >= state.committed);
    if (!isCaughtUp) return;
    noteModeChange(state, 'synchronous', ctx);
    reign.mode = 'synchronous';
    reign.watched = null;
  }
  if (copied >= heldBy(state, setting)) {
    ctx.cancelTimer('degrade');
    reign.watched = null;
  } else if (reign.watched !== copied) {
    reign.watched = copied;
    ctx.setTimer('degrade', setting.configuration.degradeMicros);
  }
}

/** The time-out. Whoever looks for what was lost must know of it, so it is on disk before anything is told alone. */
export function beginDegrading(state: ReplicaState, ctx: ReplicaContext): void {
  const { reign } = state;
  // The timer may be that of an earlier reign.
  if (reign === null || reign.mode !== 'synchronous' || reign.watched === null) return;
  reign.mode = 'degrading';
  noteModeChange(state, 'degraded', ctx);
  ctx.disk.sync('degraded', String(state.modeChanges.length));
}

/** The degradation is on disk, unless the primary has returned since. */
export function degrade({ reign, modeChanges }: ReplicaState, key: string): void {
  if (reign?.mode === 'degrading' && Number(key) === modeChanges.length) reign.mode = 'degraded';
}

function noteModeChange(state: ReplicaState, to: ModeChange['to'], ctx: ReplicaContext): void {
  const change = { term: state.term, at: ctx.now(), to };
  state.modeChanges.push(change);
  ctx.disk.append('mode-changes', change);
}
