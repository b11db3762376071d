/** The decisions on which the promises of the consumers rest. A mutant overrides one. */
import { logRules, type LogRules } from '../../partitioned-log/index.js';
import { isLater, type Change, type Position } from './changes.js';
import type { Columns } from './envelope.js';
import type { Row, Token } from './messages.js';

/** With those of the log itself. */
export interface Rules extends LogRules {
  /**
   * The external version of a document: the position of the change in the source, which is the same however the change comes
   * (Debezium's advice for sinks; kafka-connect-elasticsearch takes the offset, issues 142 and 709).
   */
  readonly documentVersion: (change: Pick<Change, 'position'>, offset: number) => Position;
  /**
   * Which of two documents with the same unique code stays: after a key change the old key's deletion comes by another
   * partition, and may come later than the new key's creation.
   */
  readonly displaces: (incoming: { readonly version: Position }, other: { readonly version: Position }) => boolean;
  /** Whether a write to the other service's table is let in: it must be later than the last one to its partition (a fence). */
  readonly mayWrite: (token: Token, last: Token) => boolean;
  /** When a member of a group commits the offsets of what it was given. */
  readonly commitsOffsets: () => 'after the effect' | 'on receipt';
  /** Whether the warehouse has a change already: an event is known by its identity, never by where its lsn lies. */
  readonly isKnown: (
    change: ChangeSeen,
    seen: { readonly isRecorded: boolean; readonly highestLsn: number },
  ) => boolean;
  /** Whether the cache may take in a row that it asked for: not if a change of its key was, or may have been, announced meanwhile. */
  readonly mayFill: (lease: { readonly isVoid: boolean }) => boolean;
  /** The producer epoch of the notifier: always the same, so that what it sends again after a crash is recognised. */
  readonly notifierEpoch: (life: number) => number;
}

type ChangeSeen = Pick<Change, 'position'>;

export const rules: Rules = {
  ...logRules,
  documentVersion: ({ position }) => position,
  displaces: (incoming, other) => isLater(incoming.version, other.version),
  mayWrite: (token, last) =>
    token.generation > last.generation || (token.generation === last.generation && token.write > last.write),
  commitsOffsets: () => 'after the effect',
  isKnown: (_change, { isRecorded }) => isRecorded,
  mayFill: ({ isVoid }) => !isVoid,
  notifierEpoch: () => 0,
};

/** The columns of a row that consumers keep. */
export const rowOf = (columns: Columns | null): Row | null => columns as Row | null;
