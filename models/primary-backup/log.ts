/**
 * Logs, and how two of them compare. In each term there is one primary, and it only appends; a backup takes records of
 * a term only after its log has been cut back to what it has in common with that primary. Hence log matching: two logs
 * that hold a record of the same term at the same index are equal up to there. All functions below rest on it.
 */
import type { Epoch, LogRecord, Position } from './messages.js';

/** A log in short: where each term's records end. `before`: what precedes the records given. */
export function epochsOf(
  log: readonly LogRecord[],
  before: { readonly epochs: readonly Epoch[]; readonly applied: number } = { epochs: [], applied: 0 },
): Epoch[] {
  const epochs = [...before.epochs];
  for (const [place, { term }] of log.entries()) {
    if (epochs.at(-1)?.term === term) epochs.pop();
    epochs.push({ term, end: before.applied + place + 1 });
  }
  return epochs;
}

/** How many records two logs have in common, by log matching. */
export function commonLength(ours: readonly Epoch[], theirs: readonly Epoch[]): number {
  let common = 0;
  for (const [index, { term, end }] of ours.entries()) {
    const other = theirs[index];
    if (other?.term !== term) return common;
    if (other.end !== end) return Math.min(other.end, end);
    common = end;
  }
  return common;
}

/** Whether a log with these epochs holds the record at `position`. */
export function holdsPosition(epochs: readonly Epoch[], { term, index }: Position): boolean {
  let start = 0;
  for (const epoch of epochs) {
    if (epoch.term === term) return start <= index && index < epoch.end;
    start = epoch.end;
  }
  return false;
}

/** The first `length` records of a log with these epochs, in short. */
export function firstOfEpochs(epochs: readonly Epoch[], length: number): Epoch[] {
  const kept: Epoch[] = [];
  let start = 0;
  for (const { term, end } of epochs) {
    if (start >= length) break;
    kept.push({ term, end: Math.min(end, length) });
    start = end;
  }
  return kept;
}

/** The log that a primary of `term` began with; what it appended is of its own term. */
export interface Lineage {
  readonly term: number;
  readonly epochs: readonly Epoch[];
}

/**
 * How many records of the last primary's log a replica holds. What it holds beyond that is a tail which an earlier
 * failover has given up already: neither its length nor its term counts for anything.
 */
export function sharedLength(lineage: Lineage, theirs: readonly Epoch[]): number {
  const last = theirs.at(-1);
  return last?.term === lineage.term ? last.end : commonLength(lineage.epochs, theirs);
}

/** The value of `key` after the first `length` records; null if none of them wrote it. */
export function valueOf(log: readonly LogRecord[], length: number, key: string): number | null {
  for (let index = Math.min(length, log.length) - 1; index >= 0; index--) {
    const record = log[index];
    if (record?.key === key) return record.value;
  }
  return null;
}
