/** The store with one rule broken, named as in BUGZOO where it has the bug. */
import type { Mutant } from '../../framework/index.js';
import { INVARIANT_NAMES } from './invariants.js';
import { PROPERTY_NAMES } from './properties.js';
import type { Rules } from './rules.js';

export const mutants: Readonly<Record<string, Mutant<Rules>>> = {
  'SH-03': {
    breaks: 'A key that was copied already is not sent again when it is written before the flip.',
    overrides: { recordsChange: ({ alreadyCopied }) => !alreadyCopied },
    caughtBy: PROPERTY_NAMES.durable,
    // A migration and a write.
    smallestSchedule: 2,
  },
  'SH-07': {
    breaks: 'A group that has given a slot away does what clients with a stale map ask of it: there is no epoch.',
    overrides: { serves: ({ phase }) => phase === 'serving' || phase === 'frozen' || phase === 'released' },
    caughtBy: PROPERTY_NAMES.durable,
    // A migration, a write at the old owner, a read at the new one.
    smallestSchedule: 3,
  },
  'sessions-stay-behind': {
    breaks: 'The answers given so far do not go with a slot, so its new owner does a retry again.',
    overrides: { handsOverSessions: () => false },
    caughtBy: PROPERTY_NAMES.linearizable,
    // An append, the loss of its answer, a migration.
    smallestSchedule: 3,
  },
  'answers-alone': {
    breaks: 'A primary answers when its own disk has a command, though the backup may not have it.',
    overrides: { isDone: ({ onOwnDisk }) => onOwnDisk },
    caughtBy: INVARIANT_NAMES.sameCommands,
    // A write, the loss of the way to the backup, a crash of the primary.
    smallestSchedule: 3,
  },
};
