/** The rules that mutants break, one each. Everything else about the model is the same for all. */
import type { CommandAnswer, Cursor, ItemResult, ListedOrder, Recorded } from './messages.js';
import { pageSize } from './timing.js';

/** What one write to the disk of the command side holds of a transaction. */
export interface CommitRecord {
  readonly answered: { readonly id: string; readonly answer: CommandAnswer } | null;
  readonly events: readonly Recorded[];
  /** The positions that enter the outbox. */
  readonly outbox: readonly number[];
}

/** What one write to the disk of the table changes. */
export type Part = 'row' | 'counters' | 'position';

export interface Rules {
  /** The command side: whether a decision that was made on the version loaded may be appended (optimistic concurrency). */
  readonly mayAppend: (order: { readonly loaded: number; readonly now: number }) => boolean;
  /** The command side: the writes that make a transaction durable. Events, outbox and the answer to a retry are one. */
  readonly commit: (transaction: CommitRecord) => readonly CommitRecord[];
  /** The command side: the position up to which the relay is shown the outbox. What is not on disk may yet be rolled back. */
  readonly publishThrough: (log: { readonly committed: number; readonly appended: number }) => number;
  /** The relay: whether a batch counts as published. Whoever was sent it may be down. */
  readonly mayMark: (batch: { readonly acknowledged: boolean }) => boolean;
  /** The relay: whether an item of a bulk request needs no more care. The request as a whole succeeds in any case. */
  readonly isSettled: (result: ItemResult) => boolean;
  /** The table: whether an event is still to be applied. The relay publishes again whatever was not marked. */
  readonly isNew: (event: { readonly position: number; readonly received: number }) => boolean;
  /** The table: the writes that apply an event, each of them atomic. An increment is not idempotent: it needs the position. */
  readonly apply: () => readonly (readonly Part[])[];
  /** The table: whether it has reached the position that a query presents. */
  readonly hasReached: (table: { readonly position: number }, after: number) => boolean;
  /** The table: a page of what is listed, given as all of it, newest first. */
  readonly page: (orders: readonly ListedOrder[], cursor: Cursor) => readonly ListedOrder[];
  /** The table: whether a rebuilt one may take its place. */
  readonly isRebuilt: (table: {
    readonly rebuilt: number;
    readonly received: number;
    readonly receivedAtStart: number;
  }) => boolean;
  /** The table: the position up to which the cache is told to forget. A deletion that comes first is in vain. */
  readonly invalidateThrough: (table: { readonly committed: number; readonly received: number }) => number;
  /** The table: whether it tells the cache again until that has acknowledged it. A message may be lost. */
  readonly awaitsInvalidation: () => boolean;
  /** The search index: whether a bulk request may be answered whose items are, or are not yet, in the log on disk. */
  readonly mayAnswerBulk: (items: { readonly areOnDisk: boolean }) => boolean;
  /** The search index: whether a document takes the place of another (external versioning). */
  readonly supersedes: (given: { readonly version: number }, present: { readonly version: number }) => boolean;
  /** The search index: where documents go while a new index is built. */
  readonly indexesWritten: () => readonly ('live' | 'rebuilt')[];
  /** The cache: whether a value may be set. The token of a lease that a deletion has taken away is void. */
  readonly mayFill: (lease: { readonly token: string } | undefined, token: string) => boolean;
  /** The API: whether a cached row will do for a query that presents a position. */
  readonly mayServeCached: (cached: { readonly through: number }, after: number) => boolean;
}

export const correctRules: Rules = {
  mayAppend: ({ loaded, now }) => loaded === now,
  commit: (transaction) => [transaction],
  publishThrough: ({ committed }) => committed,
  mayMark: ({ acknowledged }) => acknowledged,
  isSettled: (result) => result !== 'rejected',
  isNew: ({ position, received }) => position > received,
  apply: () => [['row', 'counters', 'position']],
  hasReached: ({ position }, after) => position >= after,
  page: (orders, { before }) => orders.filter(({ created }) => before === null || created < before).slice(0, pageSize),
  isRebuilt: ({ rebuilt, received }) => rebuilt >= received,
  invalidateThrough: ({ committed }) => committed,
  awaitsInvalidation: () => true,
  mayAnswerBulk: ({ areOnDisk }) => areOnDisk,
  supersedes: (given, present) => given.version > present.version,
  indexesWritten: () => ['live', 'rebuilt'],
  mayFill: (lease, token) => lease?.token === token,
  mayServeCached: ({ through }, after) => through >= after,
};
