/** The decisions on which nothing being missing rests, apart from the handlers so that a mutant can break one and no other. */
import type { Offset } from './connector/offset.js';

export interface Rules {
  /**
   * The database: which of the transactions that have written must end before a new slot is consistent. Decoding does not see
   * what they wrote before, and the snapshot does not see what they commit after (PostgreSQL: snapbuild.c; Oracle: DBZ-8141).
   */
  endBefore(writers: readonly string[]): readonly string[];

  /** The database: from where the log is kept for a slot: `oldestNeeded` begins a transaction that may still be sent. */
  restartFrom(slot: { readonly confirmed: number; readonly oldestNeeded: number }): number;

  /**
   * From where to stream after a snapshot: the position of the slot. If an earlier attempt was broken off, that is before
   * the snapshot's own position, and what the attempt had emitted is corrected by the stream.
   */
  streamFrom(positions: { readonly slot: number; readonly snapshot: number }): number;

  /**
   * Whether the stream of a slot leaves out something that was committed after all that is `known`: then it is not the slot that
   * the offset belongs to (`offset.mismatch.strategy`: PostgreSQL itself passes over the difference in silence).
   */
  isSlotLost(positions: { readonly confirmed: number; readonly known: number }): boolean;

  /** Which offset is stored: that of the last record before which all are acknowledged by the sink, or of the last one sent. */
  storable(offsets: { readonly acknowledged: Offset | null; readonly emitted: Offset | null }): Offset | null;

  /** What is confirmed to the slot: what the offset on disk has processed, or the last commit of the stream as it was read. */
  confirmable(positions: { readonly stored: number | null; readonly read: number | null }): number | null;

  /** The offset of a record that is one of several which a change becomes: only the last one completes the change. */
  offsetOfPart(part: { readonly before: Offset; readonly after: Offset; readonly isLast: boolean }): Offset;

  /**
   * The search for where to resume (WalPositionLocator): whether a change at the stored position is among those that were
   * processed. The BEGIN of a transaction, its first change and the COMMIT before have the same position, and so have all
   * rows of one COPY.
   */
  wasProcessed(change: { readonly stored: Offset; readonly samePositionBefore: number }): boolean;

  /** The search: a transaction that committed after the stored commit is resumed at its BEGIN. */
  resumesAtBegin(): boolean;

  /** An incremental snapshot: whether a row of a chunk is dropped, its key having been changed while the chunk was read (DBLog). */
  dropsFromChunk(row: { readonly changedMeanwhile: boolean }): boolean;
}

export const correctRules: Rules = {
  endBefore: (writers) => writers,
  restartFrom: ({ oldestNeeded }) => oldestNeeded,
  streamFrom: ({ slot }) => slot,
  isSlotLost: ({ confirmed, known }) => confirmed > known,
  storable: ({ acknowledged }) => acknowledged,
  confirmable: ({ stored }) => stored,
  offsetOfPart: ({ before, after, isLast }) => (isLast ? after : before),
  wasProcessed: ({ stored, samePositionBefore }) => samePositionBefore < stored.lsn_events_processed,
  resumesAtBegin: () => true,
  dropsFromChunk: ({ changedMeanwhile }) => changedMeanwhile,
};
