/** Change data capture with one rule broken; DB-… are named as in BUGZOO. */
import type { Mutant } from '../../framework/index.js';
import type { Rules } from './rules.js';

const WHOLE = 'every committed change is in its topic, in the order of its partition';
const COUNTED = 'END tells how many events its transaction has, and no transaction is without';
const REPLAYED = 'replaying a topic from its beginning gives the table';

export const mutants: Readonly<Record<string, Mutant<Rules>>> = {
  'DB-01': {
    breaks:
      'A stored BEGIN or COMMIT counts as the first change at its position: that one is skipped after a restart (DBZ-5915).',
    overrides: {
      wasProcessed: ({ stored, samePositionBefore }) => samePositionBefore < Math.max(1, stored.lsn_events_processed),
    },
    caughtBy: WHOLE,
    smallestSchedule: 2,
  },
  'DB-06': {
    breaks: 'The slot is confirmed as the stream is read, ahead of the sink (DBZ-7816, DBZ-2461).',
    overrides: { confirmable: ({ read }) => read },
    caughtBy: WHOLE,
    smallestSchedule: 2,
  },
  'DB-14': {
    breaks:
      'The slot does not wait for transactions under way: what they wrote before is in neither snapshot nor stream.',
    overrides: { endBefore: () => [] },
    caughtBy: WHOLE,
    smallestSchedule: 1,
  },
  'DB-19': {
    breaks:
      'Chunks of an incremental snapshot are emitted whole, after newer events of the same keys: there is no window.',
    overrides: { dropsFromChunk: () => false },
    caughtBy: REPLAYED,
    smallestSchedule: 2,
  },
  'offset-before-ack': {
    breaks: 'The offset of the last record sent is stored, whether or not the sink has it.',
    overrides: { storable: ({ emitted }) => emitted },
    caughtBy: WHOLE,
    smallestSchedule: 2,
  },
  'resumes-after-the-commit': {
    breaks:
      'The search for where to resume goes on after the first later COMMIT, not from the BEGIN of its transaction.',
    overrides: { resumesAtBegin: () => false },
    caughtBy: WHOLE,
    smallestSchedule: 2,
  },
  'streams-from-second-snapshot': {
    breaks: 'A snapshot that is begun anew streams from its own position: rows read before and deleted meanwhile stay.',
    overrides: { streamFrom: ({ snapshot }) => snapshot },
    caughtBy: WHOLE,
    smallestSchedule: 2,
  },
  'half-a-key-change': {
    breaks: 'The first record of a change of key carries the offset of all: a restart leaves out the others.',
    overrides: { offsetOfPart: ({ after }) => after },
    caughtBy: WHOLE,
    smallestSchedule: 2,
  },
  'lost-slot-unnoticed': {
    breaks: 'A slot that was lost is created anew, and streamed from, as if nothing had been committed meanwhile.',
    overrides: { isSlotLost: () => false },
    caughtBy: REPLAYED,
    smallestSchedule: 2,
  },
  'log-cut-at-confirmed': {
    breaks:
      'The log is kept from the confirmed position on: the beginnings of transactions that were open then are gone.',
    overrides: { restartFrom: ({ confirmed }) => confirmed },
    caughtBy: COUNTED,
    smallestSchedule: 3,
  },
};
