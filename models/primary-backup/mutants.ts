/** The bugs of shared/BUGZOO.md that this family must have found in it: each breaks one rule. */
import type { Mutant } from '../../framework/index.js';
import { lossWithinLag } from './loss.js';
import { convergence, linearizableAtPrimary, noAcknowledgedWriteLost } from './properties.js';
import { firstOf, type Rules } from './rules.js';

export const SYNCHRONOUS_MUTANTS = {
  'PBS-12': {
    breaks: 'A primary goes on serving reads when its lease has run out.',
    overrides: { mayAct: () => true },
    caughtBy: linearizableAtPrimary.name,
    smallestSchedule: 3,
  },
  'PBS-18': {
    breaks: 'Replicas acknowledge a write before it is on their disk.',
    overrides: { held: ({ length }) => length },
    caughtBy: noAcknowledgedWriteLost.name,
    smallestSchedule: 2,
  },
} satisfies Readonly<Record<string, Mutant<Rules>>>;

export const ASYNCHRONOUS_MUTANTS = {
  'PBA-07': {
    breaks: 'The monitor promotes by a fixed order of the replicas, not by how much they hold.',
    overrides: { promoted: firstOf },
    caughtBy: lossWithinLag.name,
    // A write, the copy of it that does not arrive in time, and the crash.
    smallestSchedule: 3,
  },
  'PBA-08': {
    breaks: 'A deposed primary joins the new one without rewinding the writes that were not replicated.',
    overrides: { keptOnJoin: ({ length }) => length },
    caughtBy: convergence.name,
    smallestSchedule: 2,
  },
} satisfies Readonly<Record<string, Mutant<Rules>>>;
