/** The subscriptions with one rule broken, named as in BUGZOO where they are from there. */
import { equal, type Mutant } from '../../../framework/index.js';
import type { CatchUpRules } from './catch-up-rules.js';
import { ignoringRetries, type PersistentRules } from './persistent-rules.js';
import { dispatchToSingle, pinned } from './strategies.js';
import { IN_TURN, ONE_CONSUMER, ONE_WORKS } from './strategy-invariants.js';

const FOLDED = 'a projection is the fold of the log up to its position';

export const catchUpMutants: Readonly<Record<string, Mutant<CatchUpRules>>> = {
  'hand-over-gap': {
    breaks: 'Whoever has read history to its end goes live at once: what is committed until then is in neither.',
    overrides: { mustReadOn: () => false },
    caughtBy: FOLDED,
    smallestSchedule: 2,
  },
  'hand-over-twice': {
    breaks: 'What came live while history was being read is handled whether or not a page had it.',
    overrides: { isHandled: () => false },
    caughtBy: FOLDED,
  },
  'SN-06': {
    breaks: 'A checkpoint has no state if that is the same as at the checkpoint before: a restart begins with none.',
    overrides: {
      checkpoint: ({ position, view, written }) => ({ position, view: equal(view, written) ? null : view }),
    },
    caughtBy: FOLDED,
    smallestSchedule: 4,
  },
};

const NOT_SKIPPED = 'every event is handled by a consumer, or parked';

/** Whatever the strategy. */
const commonMutants: Readonly<Record<string, Mutant<PersistentRules>>> = {
  'PR-03': {
    breaks:
      'A disconnect empties the set of outstanding events, and the checkpoint passes them: retries are in memory only.',
    overrides: { checkpoint: ignoringRetries },
    caughtBy: NOT_SKIPPED,
    smallestSchedule: 4,
  },
  'replay-forgets': {
    breaks:
      'Parked events are off the parked queue as soon as they are replayed, and the retry queue is in memory only.',
    overrides: { forgetsAtReplay: () => true },
    caughtBy: NOT_SKIPPED,
    smallestSchedule: 3,
  },
  'acknowledges-early': {
    breaks: 'A consumer acknowledges an event before its effect is on disk.',
    overrides: { mayAcknowledge: () => true },
    caughtBy: NOT_SKIPPED,
    smallestSchedule: 2,
  },
  'applies-again': {
    breaks: 'A consumer applies an event that comes again once more.',
    overrides: { hasApplied: () => false },
    caughtBy: 'a consumer applies an event once',
    smallestSchedule: 2,
  },
};

export const pinnedMutants: Readonly<Record<string, Mutant<PersistentRules>>> = {
  ...commonMutants,
  'leaves-its-consumer': {
    breaks: 'An event goes to another consumer when that of its stream is busy.',
    overrides: { consumerFor: (stream, consumers) => pinned(stream, consumers) ?? consumers.free[0] },
    caughtBy: ONE_CONSUMER,
  },
};

export const roundRobinMutants: Readonly<Record<string, Mutant<PersistentRules>>> = {
  'no-turns': {
    breaks: 'Whoever is served stays first in turn.',
    overrides: { consumerFor: dispatchToSingle },
    caughtBy: IN_TURN,
  },
};

export const dispatchToSingleMutants: Readonly<Record<string, Mutant<PersistentRules>>> = {
  'least-loaded': {
    breaks: 'Each event goes to the consumer that has the fewest in flight: those that stand by work, too.',
    overrides: { consumerFor: (_stream, { free }) => free[0] },
    caughtBy: ONE_WORKS,
  },
};
