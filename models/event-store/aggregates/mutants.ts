/** The store and the services with one rule broken, named as in BUGZOO where they are in it. */
import type { Mutant } from '../../../framework/index.js';
import { INVARIANTS } from './invariants.js';
import type { Rules } from './rules.js';

export const mutants: Readonly<Record<string, Mutant<Rules>>> = {
  'ES-08': {
    breaks: 'An append takes the version that is next when it is written, whatever state it was decided on.',
    overrides: { accepts: () => true },
    caughtBy: 'each account is linearizable',
    smallestSchedule: 2,
  },
  'SN-04': {
    breaks: 'The cached aggregate is kept when its append failed, with what was applied to it.',
    overrides: { forgetsAfterFailure: false },
    caughtBy: INVARIANTS.sameState,
    smallestSchedule: 2,
  },
};
