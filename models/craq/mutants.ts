/** CRAQ with one rule broken, named as in BUGZOO. */
import type { Mutant } from '../../framework/index.js';
import { PROPERTY_NAMES } from './properties.js';
import type { Rules } from './rules.js';

export const mutants: Readonly<Record<string, Mutant<Rules>>> = {
  'CQ-01': {
    breaks:
      'A replica that joins takes its own copy for damaged, and stays outside, if it committed in another configuration what the chain has committed too.',
    overrides: {
      acceptsCopy: ({ own, theirs }) => !(own.clean === theirs.clean && own.committedIn !== theirs.committedIn),
    },
    caughtBy: PROPERTY_NAMES.whole,
    smallestSchedule: 2,
  },
  'CQ-02': {
    breaks: 'A replica that was removed, and does not know, goes on answering from its clean versions.',
    overrides: { mayRead: () => true },
    caughtBy: PROPERTY_NAMES.linearizable,
    smallestSchedule: 3,
  },
  'CQ-06': {
    breaks: 'A new tail keeps its dirty versions dirty, and says that the older one is the committed one.',
    overrides: { committedAtNewTail: ({ clean }) => clean },
    caughtBy: PROPERTY_NAMES.linearizable,
    smallestSchedule: 3,
  },
  'CQ-07': {
    breaks: 'A test-and-set is compared with the committed version while a newer one is under way.',
    overrides: {
      testAndSet: ({ expected, committed }) =>
        committed === expected ? 'accept' : committed > expected ? 'mismatch' : 'busy',
    },
    caughtBy: PROPERTY_NAMES.linearizable,
    smallestSchedule: 2,
  },
};
