/** The log with one rule broken, named as in BUGZOO. */
import type { Mutant } from '../../framework/index.js';
import { COMPLETE_EVERYWHERE } from './invariants.js';
import { durable, linearizable, singleValue } from './properties.js';
import type { Rules } from './rules.js';

export const mutants: Readonly<Record<string, Mutant<Rules>>> = {
  'CF-02': {
    breaks: 'A client that finds a record like its own at its position takes it for its own: records have no nonce.',
    overrides: {
      isMine: ({ mine, found }) => mine.kind === 'data' && found.kind === 'data' && mine.value === found.value,
    },
    caughtBy: durable.name,
    smallestSchedule: 4,
  },
  'CF-04': {
    breaks: 'An empty unit becomes the last of the chain, and is copied to afterwards.',
    overrides: { mayEnterChain: () => true },
    caughtBy: COMPLETE_EVERYWHERE,
    smallestSchedule: 2,
  },
  'CF-05': {
    breaks: 'A read believes the last unit of the chain, which may have been removed from it.',
    overrides: { isReadComplete: ({ answered, tail }) => answered.includes(tail) },
    caughtBy: linearizable.name,
    smallestSchedule: 2,
  },
  'CF-11': {
    breaks: 'Holes are filled from the tail of the chain.',
    overrides: { fillOrder: (replicas) => [...replicas].reverse() },
    caughtBy: singleValue.name,
    smallestSchedule: 2,
  },
};
