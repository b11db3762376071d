/** The chain with one rule broken, named as in BUGZOO. */
import type { Mutant } from '../../framework/index.js';
import type { Rules } from './rules.js';

export const mutants: Readonly<Record<string, Mutant<Rules>>> = {
  'CH-01': {
    breaks: 'A head recognises only retries of what it accepted itself, so a new head executes a retry again.',
    overrides: { remembers: ({ acceptedIn, headSince }) => acceptedIn >= headSince },
    caughtBy: 'every update takes effect exactly once',
    smallestSchedule: 2,
  },
  'CH-02': {
    breaks:
      'When a middle server fails, its predecessor does not send Sent on: only later updates reach the successor.',
    overrides: { resumeFrom: ({ histLength }) => histLength },
    caughtBy: 'update propagation',
    smallestSchedule: 2,
  },
  'CH-03': {
    breaks: 'When a middle server fails, its predecessor resends all of Sent, not only what follows sn.',
    overrides: { resumeFrom: ({ sentFrom }) => sentFrom },
    caughtBy: 'update propagation',
    smallestSchedule: 2,
  },
  'CH-06': {
    breaks: 'A server enters the chain before it has what was processed or forwarded while the copy was under way.',
    overrides: { isCaughtUp: () => true },
    caughtBy: 'processed updates are at every member',
    smallestSchedule: 2,
  },
  'CH-07': {
    breaks: 'A tail that was removed, and does not know, goes on answering queries: there is no lease.',
    overrides: { mayAnswerQuery: () => true },
    caughtBy: 'tail reads are linearizable',
    smallestSchedule: 2,
  },
  'CH-09': {
    breaks: 'A connection lets an update overtake another that was lost or late, which is then left out.',
    overrides: { isInOrder: () => true },
    caughtBy: 'update propagation',
    smallestSchedule: 2,
  },
  'CH-12': {
    breaks: 'A server takes updates from a removed head: it does not compare configuration numbers.',
    overrides: { acceptsFrom: () => true },
    caughtBy: 'single sequencer',
    smallestSchedule: 3,
  },
  'CH-14': {
    breaks:
      'After all have crashed, the chain begins again with whoever is back first, though it had left long before.',
    overrides: { restartsFrom: ({ lastMember, alive }) => alive[0] ?? lastMember },
    caughtBy: 'processed updates are at every member',
    smallestSchedule: 3,
  },
  'keeps-unprocessed': {
    breaks: 'A server that joins keeps updates of an earlier life that no tail ever processed: they are not unwritten.',
    overrides: { keeps: ({ told, histLength }) => Math.min(told, histLength) },
    caughtBy: 'update propagation',
    smallestSchedule: 2,
  },
  'no-temporary-log': {
    breaks: 'A server that joins drops the updates that come before the copy is on disk.',
    overrides: { merges: () => [] },
    caughtBy: 'update propagation',
    smallestSchedule: 2,
  },
};
