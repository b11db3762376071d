/** What a sink owes to those who wrote to it: an answer when what they wrote is on disk, and not before. */
import type { Context, NodeId } from '../../../framework/index.js';
import type { Message } from './messages.js';

export interface Acknowledging {
  /** Who waits for which sync. */
  acknowledging: { readonly to: NodeId; readonly id: string; readonly n: number }[];
  /** How many syncs were asked for. */
  n: number;
}

export const nothingOwed = (): Acknowledging => ({ acknowledging: [], n: 0 });

/** Has all that was written so far put onto the disk; the timer `stored` will name this sync. */
export function acknowledgeWhenStored(
  state: Acknowledging,
  to: NodeId,
  id: string,
  ctx: Context<Message, 'stored'>,
): void {
  state.n++;
  state.acknowledging.push({ to, id, n: state.n });
  ctx.disk.sync('stored', String(state.n));
}

/** At the timer `stored`: answers all whose writes are on disk. */
export function acknowledge(
  state: Acknowledging,
  n: string,
  kind: 'indexed' | 'written',
  ctx: Context<Message, 'stored'>,
): void {
  for (const one of state.acknowledging) if (one.n <= Number(n)) ctx.send(one.to, { kind, id: one.id });
  state.acknowledging = state.acknowledging.filter((one) => one.n > Number(n));
}
