/** The consumers with one rule broken, named as in BUGZOO where it is one of its bugs. */
import type { Mutant } from '../../../framework/index.js';
import { PROMISES } from './promises.js';
import type { Rules } from './rules.js';

export const mutants: Readonly<Record<string, Mutant<Rules>>> = {
  'CN-10': {
    breaks: 'The other service has no fence: a member that lost its partitions in a pause still writes to them.',
    overrides: { mayWrite: (token, last) => token.generation !== last.generation || token.write > last.write },
    caughtBy: PROMISES.fenced,
    smallestSchedule: 2,
  },
  'CN-12': {
    breaks:
      'The version of a document is the offset of its record: in the partition that a key moves to, updates look old.',
    overrides: { documentVersion: (_change, offset) => ({ lsn: offset + 1, order: 0 }) },
    caughtBy: PROMISES.index,
    smallestSchedule: 2,
  },
  'DB-21': {
    breaks: 'The warehouse drops events whose lsn is lower than the last seen, though transactions interleave.',
    overrides: { isKnown: ({ position }, { highestLsn }) => position.lsn < highestLsn },
    caughtBy: PROMISES.warehouse,
    smallestSchedule: 2,
  },
  'DB-23': {
    breaks: 'The index lets the new key in beside the old one, whose deletion comes by another partition.',
    overrides: { displaces: () => false },
    caughtBy: PROMISES.unique,
    smallestSchedule: 3,
  },
  'commits-on-receipt': {
    breaks: 'Members commit the offsets of what they receive before the sink has it, as auto-commit does.',
    overrides: { commitsOffsets: () => 'on receipt' },
    caughtBy: PROMISES.service,
    smallestSchedule: 3,
  },
  'stale-fill': {
    breaks:
      'The cache takes in a row under a lease that is void: its change may have been announced meanwhile, or where the cache did not hear it.',
    overrides: { mayFill: () => true },
    caughtBy: PROMISES.cache,
  },
  'notifier-epoch': {
    breaks: 'The notifier is a new producer after each restart: what it sends again is stored again.',
    overrides: { notifierEpoch: (life) => life },
    caughtBy: PROMISES.events,
    smallestSchedule: 2,
  },
  'log-doubles': {
    breaks: 'The log does not look at sequence numbers: what a producer sends again is stored again.',
    overrides: { newFrom: () => 0 },
    caughtBy: PROMISES.events,
    smallestSchedule: 2,
  },
  'tombstones-early': {
    breaks: 'Compaction drops a tombstone when it first meets it: who lags never hears of the deletion.',
    overrides: { mayDropTombstone: () => true },
    caughtBy: PROMISES.service,
    smallestSchedule: 5,
  },
  'offsets-survive': {
    breaks: 'The offsets of a group count in a topic that was created anew under the same name.',
    overrides: { keepsOffsets: () => true },
    caughtBy: PROMISES.service,
    smallestSchedule: 4,
  },
};
