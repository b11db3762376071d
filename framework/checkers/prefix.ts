/** The prefix property of replicated logs: of any two logs, one is the beginning of the other. */
import { printWord } from '../history/notation-words.js';
import { firstDifference } from './difference.js';
import { equal } from './equal.js';
import type { CheckResult } from './verdict.js';

/**
 * Judges the logs of several nodes, by the node's name. Any two agree if each is a prefix of the longest.
 *
 * - `invalid`: some log holds another entry than the longest in the same place.
 * - `unknown`: fewer than two logs hold anything.
 */
export function checkPrefix(logs: ReadonlyMap<string, readonly unknown[]>): CheckResult {
  let longest: { readonly node: string; readonly log: readonly unknown[] } | undefined;
  let filled = 0;
  for (const [node, log] of logs) {
    if (log.length > 0) filled++;
    if (longest === undefined || log.length > longest.log.length) longest = { node, log };
  }
  const seen = { logs: logs.size, entriesMax: longest?.log.length ?? 0 };
  if (longest === undefined || filled < 2)
    return { verdict: 'unknown', reason: `${filled} log(s) hold anything: nothing to compare`, seen };
  for (const [node, log] of logs) {
    const place = log.findIndex((entry, index) => !equal(entry, longest.log[index]));
    if (place < 0) continue;
    const difference = firstDifference(longest.log[place], log[place]);
    const path = `[${place}]${difference?.path ?? ''}`;
    const explanation =
      `${longest.node}${path}: ${printWord(difference?.left)}, ${node}: ${printWord(difference?.right)}; ` +
      `they agree on the ${place} entries before it, and hold ${longest.log.length} and ${log.length}.`;
    return { verdict: 'invalid', violation: { rule: 'logs are not prefixes', explanation, operations: [] }, seen };
  }
  return { verdict: 'valid', seen };
}
