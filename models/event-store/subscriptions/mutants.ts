/** The subscriptions with one rule broken, named as in BUGZOO where they are from there. */
import { equal, type Mutant } from '../../../framework/index.js';
import type { CatchUpRules } from './catch-up-rules.js';

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
    smallestSchedule: 2,
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
