/** Gapless versions: a stream's events carry 0, 1, 2, … in this order, none missing and none twice. */
import type { CheckResult } from './verdict.js';

/** What an explanation calls the versions. */
export interface GaplessOptions {
  /** Whose versions these are (`stream cart-1`), for the explanation. */
  readonly of: string;
}

/**
 * Judges `versions` in the order in which they were read.
 *
 * - `invalid`: the first version out of place is a repeated one, an earlier one, one after a gap, or no version at all.
 * - `unknown`: there is none.
 */
export function checkGapless(versions: readonly number[], options: GaplessOptions): CheckResult {
  const seen = { versions: versions.length };
  if (versions.length === 0) return { verdict: 'unknown', reason: `${options.of} has no versions`, seen };
  const place = versions.findIndex((version, index) => version !== index);
  const found = versions[place];
  if (found === undefined) return { verdict: 'valid', seen };
  const { rule, detail } = nameFault(versions, place, found);
  const explanation = `${options.of}: expected version ${place}, found ${found} (${detail}); ${versions.length} versions in all.`;
  return { verdict: 'invalid', violation: { rule, explanation, operations: [] }, seen };
}

function nameFault(versions: readonly number[], place: number, found: number): { rule: string; detail: string } {
  if (!Number.isSafeInteger(found) || found < 0)
    return { rule: 'not a version', detail: 'versions are whole numbers from 0' };
  if (found < place) return { rule: 'version twice', detail: `it is there at place ${found} already` };
  if (versions.indexOf(place, place) >= 0)
    return {
      rule: 'versions out of order',
      detail: `${place} comes later, at place ${versions.indexOf(place, place)}`,
    };
  return { rule: 'version missing', detail: `${place} is nowhere` };
}
