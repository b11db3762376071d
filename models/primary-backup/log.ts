/**
 * Logs, and how two of them compare. In each term there is one primary, and it only appends; a backup takes records of
 * a term only after its log has been cut back to what it has in common with that primary. Hence log matching: two logs
 * that hold a record of the same term at the same index are equal up to there. All functions below rest on it.
 */
import type { Epoch, LogRecord, Position } from './messages.js';

/** A log in short: where each term's records end. */
export function epochsOf(log: readonly LogRecord[]): Epoch[] {
  const epochs: Epoch[] = [];
  for (const [index, { term }] of log.entries())
    if (log[index + 1]?.term !== term) epochs.push({ term, end: index + 1 });
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

/**
 * Above 0 if the first log is the more advanced one. The later term counts before the length: a longer log of an older
 * term may be a tail that an earlier failover has already given up.
 */
export function compareAdvance(one: readonly Epoch[], other: readonly Epoch[]): number {
  const [last, otherLast] = [one.at(-1), other.at(-1)];
  const terms = (last?.term ?? 0) - (otherLast?.term ?? 0);
  return terms === 0 ? (last?.end ?? 0) - (otherLast?.end ?? 0) : terms;
}

/** The value of `key` after the first `length` records; null if none of them wrote it. */
export function valueOf(log: readonly LogRecord[], length: number, key: string): number | null {
  for (let index = Math.min(length, log.length) - 1; index >= 0; index--) {
    const record = log[index];
    if (record?.key === key) return record.value;
  }
  return null;
}
