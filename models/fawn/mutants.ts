/** FAWN-KV with one rule of joining broken. */
import type { Mutant } from '../../framework/index.js';
import { PROPERTY_NAMES } from './properties.js';
import type { Rules } from './rules.js';

export const mutants: Readonly<Record<string, Mutant<Rules>>> = {
  'no-flush': {
    breaks: 'The old tail does not push what arrived between the pre-copy and the membership message.',
    overrides: { pushesAfter: ({ point }) => point },
    caughtBy: PROPERTY_NAMES.samePuts,
    // A node that leaves or is dropped, and a put.
    smallestSchedule: 2,
  },
  'temporary-first': {
    breaks: 'A node that joins merges its temporary store before what the old tail pushed.',
    overrides: { merge: ({ flushed, temporary }) => [...temporary, ...flushed] },
    caughtBy: PROPERTY_NAMES.samePuts,
    // A node that leaves or is dropped, a put before the membership message and one after.
    smallestSchedule: 3,
  },
  'joining-tail-answers': {
    breaks: 'A node that joins as the tail answers gets before it is consistent.',
    overrides: { answersGets: (role) => role === 'tail' || role === 'joining tail' },
    caughtBy: PROPERTY_NAMES.linearizable,
    // A node that leaves or is dropped, a put and a get.
    smallestSchedule: 3,
  },
  'old-tail-answers': {
    breaks: 'The old tail goes on answering gets when the membership message has reached it.',
    overrides: { answersGets: (role) => role === 'tail' || role === 'former tail' },
    caughtBy: PROPERTY_NAMES.linearizable,
    // A node that leaves or is dropped, a put and a get.
    smallestSchedule: 3,
  },
  'no-lease': {
    breaks: 'A tail that was dropped, and does not know, goes on answering gets: there is no lease.',
    overrides: { isLeased: () => true },
    caughtBy: PROPERTY_NAMES.linearizable,
    // A partition, a put and a get.
    smallestSchedule: 3,
  },
};
