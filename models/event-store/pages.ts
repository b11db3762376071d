/** Catch-up subscriptions in pages: what a store sends, and what a subscriber makes of it. */
import type { NodeId } from '../../framework/index.js';
import type { Asked, Stored, Transactions } from './transactions.js';

/** All events after the position `after` and up to `through`. */
export interface Page<E extends Stored> {
  readonly after: number;
  readonly through: number;
  readonly events: readonly E[];
}

/** The next page for a subscriber: what it has not been sent, up to where readers may go. */
export function nextPage<E extends Stored>(
  state: Pick<Transactions<Asked, E>, 'log' | 'subscribers'>,
  subscriber: NodeId,
  visibleThrough: number,
) {
  const after = state.subscribers[subscriber] ?? 0;
  const through = Math.max(after, visibleThrough);
  const events = state.log
    .filter(({ position }) => position > after && position <= through)
    .sort((one, other) => one.position - other.position);
  state.subscribers[subscriber] = through;
  return { kind: 'page' as const, after, through, events };
}

/** The events of a page that are new to a subscriber; undefined if a page before it was lost or overtaken. */
export function received<E extends Stored>(
  state: { through: number },
  { after, through, events }: Page<E>,
): readonly E[] | undefined {
  const known = state.through;
  if (after > known) return undefined;
  state.through = Math.max(known, through);
  return events.filter(({ position }) => position > known);
}
