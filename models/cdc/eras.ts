/**
 * What lost slots mean for what may be asked of a run. Each slot is an era: from its consistent point to its confirmed position the
 * sink has everything. Between one era and the next is a gap, of which a snapshot tells the rows that are left.
 */
import type { Slot } from './database/state.js';
import { eventsOf, transactionsIn } from './evidence.js';
import type { ExpectedTransaction } from './oracle.js';

interface Gap {
  readonly from: number;
  readonly to: number;
}

export interface Eras {
  /** From where on every transaction is to be in the topics, as no gap after it has lost one. */
  readonly from: number;
  /** The gaps before that. */
  readonly gaps: readonly Gap[];
  /** What slots have confirmed: the sink must have what committed there. */
  readonly confirmed: readonly Gap[];
}

export function erasOf(
  slots: { readonly slot: Slot; readonly dropped: readonly Slot[] },
  transactions: readonly ExpectedTransaction[],
  sink: Parameters<typeof eventsOf>[0],
): Eras {
  const all = [...slots.dropped, slots.slot];
  const gaps = all.slice(1).map(({ created }, place): Gap => ({ from: all[place]?.confirmed ?? 0, to: created }));
  const last = gaps.findLastIndex((gap) => hasLost(gap, transactions, sink));
  return {
    from: all[last + 1]?.created ?? slots.slot.created,
    gaps: gaps.slice(0, last + 1),
    confirmed: all.map(({ created, confirmed }) => ({ from: created, to: confirmed })),
  };
}

export const isIn = (position: number, { from, to }: Gap): boolean => position >= from && position < to;

/** Whether something that was committed in a gap is not in the topics, or not whole. */
function hasLost(
  gap: Gap,
  transactions: readonly ExpectedTransaction[],
  sink: Parameters<typeof eventsOf>[0],
): boolean {
  const ended = new Set(
    transactionsIn(sink).flatMap(({ status, id }) => (status === 'END' ? [Number(id.split(':')[0])] : [])),
  );
  const has = new Set(eventsOf(sink).map(({ event }) => `${event.source.txId ?? 0} ${event.source.lsn ?? 0}`));
  return transactions.some(
    ({ xid, committedAt, isStreamed, events }) =>
      isStreamed && isIn(committedAt, gap) && !(ended.has(xid) && events.every(({ lsn }) => has.has(`${xid} ${lsn}`))),
  );
}
