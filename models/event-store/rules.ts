/** The rules that mutants break, one each. Everything else about the model is the same for all. */
import type { AccountRow, RecordedEvent } from './messages.js';
import type { ProjectionState } from './projection.js';
import type { StoreState } from './store.js';
import { isLocked, lowest, readableThrough } from './transactions.js';

export interface Rules {
  /**
   * The store: the position up to which a reader may go. Positions are taken at insert, so those of an open transaction
   * must not be passed: what it inserted would never be seen. Below the last commit, what is neither open nor committed
   * never will be: a gap to be passed. Beyond it, a crash may set the sequence back.
   */
  readonly visibleThrough: (store: StoreState) => number;
  /** The store: whether an append must wait for an open transaction on its stream (a row lock). */
  readonly mustWait: (store: StoreState, stream: string) => boolean;
  /** The store: whether an append that was decided on `expected` events may follow `version` of them. */
  readonly accepts: (expected: number, version: number) => boolean;
  /** The store: whether it knows, after a crash, which appends it has on disk: a retry of one gets the same answer. */
  readonly remembersAppends: () => boolean;
  /** A projection: the position from which it may start again after a crash. */
  readonly checkpoint: (projection: ProjectionState) => number;
  /** A projection: whether a row reflects an event already, which happens when events are replayed after a crash. */
  readonly reflects: (row: AccountRow, event: RecordedEvent) => boolean;
}

export const correctRules: Rules = {
  visibleThrough: readableThrough,
  mustWait: isLocked,
  accepts: (expected, version) => expected === version,
  remembersAppends: () => true,
  // All below the first event that is not handled yet.
  checkpoint: ({ unhandled, through }) =>
    lowest(
      unhandled.map(({ position }) => position - 1),
      through,
    ),
  reflects: (row, event) => event.version < row.version,
};
