/** The event store and its projections with one rule broken, named as in BUGZOO. */
import type { Mutant } from '../../framework/index.js';
import type { Rules } from './rules.js';

export const mutants: Readonly<Record<string, Mutant<Rules>>> = {
  'ES-01': {
    breaks: 'Readers are shown every committed event, and pass the positions of transactions that commit later.',
    overrides: { visibleThrough: ({ lastCommitted }) => lastCommitted },
    caughtBy: 'after healing, every projection equals the fold of the log',
    smallestSchedule: 3,
  },
  'ES-07': {
    breaks:
      'No row lock: of two appends that found the same version the second is skipped at commit, and told success.',
    overrides: { mustWait: () => false },
    caughtBy: 'versions are gapless and no acknowledged append is lost',
    smallestSchedule: 2,
  },
  'ES-08': {
    breaks: 'An append takes the version that is next when it is written, whatever state it was decided on.',
    overrides: { accepts: () => true },
    caughtBy: 'each account is linearizable',
    smallestSchedule: 2,
  },
  'forgets-appends': {
    breaks:
      'Which appends were made is kept in memory only: a retry after a crash has a conflict, and is decided anew.',
    overrides: { remembersAppends: () => false },
    caughtBy: 'versions are gapless and no acknowledged append is lost',
  },
  'PR-05': {
    breaks: 'The checkpoint is the highest event handled, though handlers finish in any order.',
    overrides: { checkpoint: ({ highestHandled }) => highestHandled },
    caughtBy: 'after healing, every projection equals the fold of the log',
    smallestSchedule: 4,
  },
  'non-idempotent-projection': {
    breaks: 'Events replayed after a crash are applied to the read model again.',
    overrides: { reflects: () => false },
    caughtBy: 'after healing, every projection equals the fold of the log',
    smallestSchedule: 2,
  },
};
