/** What the promises of the log rest on, one decision each. A model that plants a bug in the log overrides one. */
export interface LogRules {
  /** A batch that the partition has already is not appended again: only the records from `next` on are new (KIP-98). */
  readonly newFrom: (batch: { readonly sequence: number; readonly next: number }) => number;
  /** An offset is committed only by a member of the present generation (KIP-62: ILLEGAL_GENERATION). */
  readonly mayCommit: (commit: {
    readonly generation: number;
    readonly current: number;
    readonly isMember: boolean;
  }) => boolean;
  /** A tombstone goes only when consumers have had time to see it (`delete.retention.ms`). */
  readonly mayDropTombstone: (tombstone: { readonly ageMicros: number; readonly retentionMicros: number }) => boolean;
  /** Whether offsets that were committed in a topic count in another one of the same name (KIP-516: they do not). */
  readonly keepsOffsets: (topics: { readonly committedIn: number; readonly current: number }) => boolean;
}

export const logRules: LogRules = {
  newFrom: ({ sequence, next }) => Math.max(0, next - sequence),
  mayCommit: ({ generation, current, isMember }) => isMember && generation === current,
  mayDropTombstone: ({ ageMicros, retentionMicros }) => ageMicros >= retentionMicros,
  keepsOffsets: ({ committedIn, current }) => committedIn === current,
};
