/** The two remote procedure calls of Raft (Fig. 2), as messages that may be lost, doubled and overtaken. */
import type { LogEntry } from './state.js';

export type ConsensusMessage<Command> =
  | {
      readonly kind: 'requestVote';
      readonly term: number;
      /** The index and the term of the last entry of the candidate's log. */
      readonly lastIndex: number;
      readonly lastTerm: number;
    }
  | { readonly kind: 'voted'; readonly term: number; readonly granted: boolean }
  | AppendEntries<Command>
  | {
      readonly kind: 'appended';
      readonly term: number;
      readonly success: boolean;
      /** How much of the log is as the leader has it; after a refusal, where the leader should try next. */
      readonly upTo: number;
      /** The round of the message that this answers. */
      readonly round: number;
    };

export interface AppendEntries<Command> {
  readonly kind: 'appendEntries';
  readonly term: number;
  /** What comes before `entries` in the leader's log. */
  readonly previousIndex: number;
  readonly previousTerm: number;
  readonly entries: readonly LogEntry<Command>[];
  readonly commitIndex: number;
  /** Counts the confirmations of leadership that were asked for in this term: see reading.ts. */
  readonly round: number;
}
