/** The stream layer with one rule broken: AZ-02 as in BUGZOO, and mistakes that are as near. */
import type { Mutant } from '../../framework/index.js';
import { INVARIANT_NAMES } from './invariants.js';
import { durable, stable } from './properties.js';
import type { Rules } from './rules.js';

export const mutants: Readonly<Record<string, Mutant<Rules>>> = {
  'AZ-02': {
    breaks: 'A node that was not reachable when an extent was sealed keeps its longer tail when it returns.',
    overrides: { forcedLength: ({ own, sealed }) => Math.max(own, sealed) },
    caughtBy: INVARIANT_NAMES.sealed,
    smallestSchedule: 2,
  },
  'acks-after-two': {
    breaks: 'The primary answers when two of the three replicas have the block on disk.',
    overrides: { acknowledged: (lengths) => [...lengths].sort((one, other) => other - one)[1] ?? 0 },
    caughtBy: durable.name,
    smallestSchedule: 3,
  },
  'appends-after-promise': {
    breaks: 'A replica that has told its length to the stream manager takes more blocks.',
    overrides: { takesBlocks: ({ sealed }) => !sealed },
    caughtBy: durable.name,
    smallestSchedule: 3,
  },
  'reads-unchecked-tail': {
    breaks: 'A load reads the open extent as far as the first replica that answers has it.',
    overrides: { commitLength: ([first]) => first },
    caughtBy: stable.name,
    smallestSchedule: 3,
  },
};
