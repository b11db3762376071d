/** The bugs of shared/BUGZOO.md that this family must have found in it: each breaks one rule. */
import type { Mutant } from '../../framework/index.js';
import { lossOnlyWhileDegraded, lossWithinLag } from './loss.js';
import { convergence, noAcknowledgedWriteLost } from './properties.js';
import { linearizableAtPrimary, linearizableUntilDegraded } from './reads.js';
import { firstOf, type Rules } from './rules.js';
import { EMPTY_STORE } from './store.js';

export const SYNCHRONOUS_MUTANTS = {
  'PBS-01': {
    breaks: 'A primary acknowledges without a silent in-sync copy as soon as it has asked to drop it.',
    overrides: { requiredCopies: ({ inSync, asked }) => asked ?? inSync },
    caughtBy: noAcknowledgedWriteLost.name,
    // A write, and the partition of the primary from the others.
    smallestSchedule: 2,
  },
  'PBS-02': {
    breaks: 'A copy that is not in sync is promoted when those that are in sync cannot be reached.',
    overrides: { mayBePromoted: () => true },
    caughtBy: noAcknowledgedWriteLost.name,
    smallestSchedule: 4,
  },
  'PBS-03': {
    breaks: 'A backup joins a new primary with all of its log, also what the primary does not have.',
    overrides: { keptOnJoin: ({ length }) => length },
    caughtBy: convergence.name,
    smallestSchedule: 3,
  },
  'PBS-12': {
    breaks: 'A primary goes on serving reads when its lease has run out.',
    overrides: { mayAct: () => true },
    caughtBy: linearizableAtPrimary.name,
    smallestSchedule: 3,
  },
  'PBS-13': {
    breaks: 'A primary executes a retry again.',
    overrides: { remembers: () => false },
    caughtBy: noAcknowledgedWriteLost.name,
    smallestSchedule: 2,
  },
  'PBS-14': {
    breaks: 'A primary knows the requests only that it took itself: a new one executes a retry again.',
    overrides: { remembers: ({ takenIn, term }) => takenIn === term },
    caughtBy: noAcknowledgedWriteLost.name,
    smallestSchedule: 3,
  },
  'PBS-15': {
    breaks: 'A write that the disk has refused stays in the log in memory, so that a retry finds it done.',
    overrides: { goesOnAfter: (failure) => failure === 'write' },
    caughtBy: noAcknowledgedWriteLost.name,
    smallestSchedule: 3,
  },
  'PBS-18': {
    breaks: 'Replicas acknowledge a write before it is on their disk.',
    overrides: { held: ({ length }) => length },
    caughtBy: noAcknowledgedWriteLost.name,
    smallestSchedule: 2,
  },
  'PBS-22': {
    breaks: 'A sync that fails is tried again, and succeeds, though what it should have written is dropped.',
    overrides: { goesOnAfter: (failure) => failure === 'sync' },
    caughtBy: noAcknowledgedWriteLost.name,
    smallestSchedule: 3,
  },
  'PBS-23': {
    breaks: 'A checkpoint says first which records are applied, and then, in another write, what they made.',
    overrides: { checkpointWrites: (before, after) => [{ ...after, keys: before.keys }, after] },
    caughtBy: convergence.name,
    smallestSchedule: 6,
  },
} satisfies Readonly<Record<string, Mutant<Rules>>>;

export const ASYNCHRONOUS_MUTANTS = {
  'PBA-03': {
    breaks: 'A primary that restarts has nothing on disk, and goes on as the primary.',
    overrides: { restart: () => ({ store: EMPTY_STORE, log: [], resumes: true }) },
    caughtBy: lossWithinLag.name,
    smallestSchedule: 2,
  },
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

export const SEMI_SYNCHRONOUS_MUTANTS = {
  'PBA-01': {
    breaks: 'The primary takes a record for copied when its own disk has it.',
    overrides: { copied: ({ held }) => held },
    caughtBy: lossOnlyWhileDegraded.name,
    smallestSchedule: 2,
  },
  'PBS-19': {
    breaks: 'Replicas acknowledge before their disk has it: what one forgets, it and one that lags decide without.',
    overrides: { held: ({ length }) => length },
    caughtBy: lossOnlyWhileDegraded.name,
    smallestSchedule: 4,
  },
  'silent-degradation': {
    breaks: 'A primary that degrades goes on acknowledging as if a backup had what it has.',
    overrides: { isAlone: () => false },
    caughtBy: lossOnlyWhileDegraded.name,
    // A write, the partition of the primary from its backups, and its crash.
    smallestSchedule: 3,
  },
  'hasty-promotion': {
    breaks: 'The monitor promotes the best of whoever has reported, though the only copy may be with another.',
    overrides: { enoughReports: ({ reports }) => reports >= 1 },
    caughtBy: lossOnlyWhileDegraded.name,
    // A write, and the partition of those that have it from the monitor and a backup that has not.
    smallestSchedule: 2,
  },
  'after-commit': {
    // MySQL: rpl_semi_sync_source_wait_point = AFTER_COMMIT.
    breaks: 'Reads show a write before a backup has it, which a failover then takes back.',
    overrides: { shown: ({ held }) => held },
    caughtBy: linearizableUntilDegraded.name,
    // A write, a read, the partition of the primary from its backups, and another read.
    smallestSchedule: 4,
  },
} satisfies Readonly<Record<string, Mutant<Rules>>>;
