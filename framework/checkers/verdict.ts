/** What a checker answers. `unknown` is an answer of its own: nothing was exercised, or a bound was reached. */

export type Verdict = 'valid' | 'invalid' | 'unknown';

/** Why a history is illegal, in the words of whoever designed the protocol. */
export interface Violation {
  /** The broken rule, short and without particulars: part of the failure signature (`acknowledged write lost`). */
  readonly rule: string;
  /** One or more full sentences with the particulars: which operations, what was expected, what was seen. */
  readonly explanation: string;
  /** Indices into the history of the `invoke` entries that show it, the culprit last. */
  readonly operations: readonly number[];
}

/** Counts of what the checker saw, so that a green answer can be weighed (`operations: 40, reads: 17`). */
export type Seen = Readonly<Record<string, number>>;

/** The answer of a checker: the verdict, what it rests on, and the reason if it is not `valid`. */
export type CheckResult =
  | { readonly verdict: 'valid'; readonly seen: Seen }
  | { readonly verdict: 'invalid'; readonly violation: Violation; readonly seen: Seen }
  | { readonly verdict: 'unknown'; readonly reason: string; readonly seen: Seen };

const RANK: Readonly<Record<Verdict, number>> = { valid: 0, unknown: 1, invalid: 2 };

/** The verdict of the whole: invalid > unknown > valid. Nothing judged is `unknown`. */
export function mergeVerdicts(verdicts: readonly Verdict[]): Verdict {
  let merged: Verdict | undefined;
  for (const verdict of verdicts) {
    if (merged === undefined || RANK[verdict] > RANK[merged]) merged = verdict;
  }
  return merged ?? 'unknown';
}
