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
  'refuses-from-cache': {
    breaks: 'A command is refused on what the cache says, which is older than the stream.',
    overrides: { refusesUnseen: true },
    caughtBy: 'each account is linearizable',
  },
  'snapshot-before-append': {
    breaks: 'A snapshot is taken of what was decided, before it is appended, or refused.',
    overrides: { snapshotsWhen: 'decided' },
    caughtBy: INVARIANTS.snapshotsStand,
  },
  'older-snapshot-wins': {
    breaks: 'A snapshot that comes late takes the place of a newer one, before which the stream is truncated.',
    overrides: { replaces: () => true },
    caughtBy: INVARIANTS.snapshotsStand,
  },
  'truncates-unacknowledged': {
    breaks: 'A stream is truncated when its snapshot has been sent, not when it is on disk.',
    overrides: { awaitsSnapshot: false },
    caughtBy: INVARIANTS.snapshotsStand,
  },
  'snapshot-outlives-deletion': {
    breaks: 'A snapshot, or a cached aggregate, from before a stream was deleted is gone on from after it.',
    overrides: { counts: () => true },
    caughtBy: 'each order is linearizable',
  },
  'snapshot-not-upcast': {
    breaks: 'Events of old schemas are brought up to date, snapshots are not.',
    overrides: { upcastsSnapshots: false },
    caughtBy: INVARIANTS.sameState,
  },
  'subscribed-not-upcast': {
    breaks: 'Events are brought up to date when they are loaded, and not when they come by a subscription.',
    overrides: { upcastsSubscribed: false },
    caughtBy: INVARIANTS.moneyConserved,
  },
  'upcaster-reads-configuration': {
    breaks: 'An upcaster fills in what old events lack from the set-up of whoever reads them.',
    overrides: { currencyOfOld: (configured) => configured },
    caughtBy: INVARIANTS.sameState,
  },
  'past-from-latest-snapshot': {
    breaks: 'A look into the past starts from the latest snapshot, even if that is younger.',
    overrides: { reaches: () => true },
    caughtBy: 'a state in the past is the fold of a beginning of its stream',
  },
  'clock-goes-back': {
    breaks: "An event's time is what the clock says, which is set back now and then.",
    overrides: { timeOf: (now) => now },
    caughtBy: INVARIANTS.timesRise,
  },
  'any-is-not-idempotent': {
    breaks: 'Where no version is expected a retry is not recognised, and appended again.',
    overrides: {
      recognises: ({ ids }, { expected, events }) => (expected === 'any' ? undefined : ids[events.at(-1)?.id ?? '']),
    },
    caughtBy: INVARIANTS.gapless,
  },
  'scavenge-counts-early': {
    breaks: 'The file that a scavenge writes counts before it is whole.',
    overrides: { scavengeCounts: 'from its beginning' },
    caughtBy: INVARIANTS.nothingLost,
  },
  'scavenge-leaves-behind': {
    breaks: 'What is on its way to the old file when a scavenge ends is acknowledged, and not in the new one.',
    overrides: { carriesOver: false },
    caughtBy: INVARIANTS.nothingLost,
  },
  'compensates-on-silence': {
    breaks: 'A credit that is not answered counts as refused: the money is put back, and arrives all the same.',
    overrides: { onSilence: 'compensate' },
    caughtBy: INVARIANTS.moneyConserved,
  },
};
