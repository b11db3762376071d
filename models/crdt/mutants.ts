/** The bugs of shared/BUGZOO.md that this family must have found in it, and a few more: each breaks one rule. */
import type { Mutant } from '../../framework/index.js';
import {
  additionsWin,
  countersCountOnce,
  noAcknowledgedUpdateLost,
  oneOrder,
  registersKeepLastWrites,
} from './properties.js';
import { heldDots } from '../causality/causal-context.js';
import type { CommonRules, DeltaRules, OperationRules, StateRules } from './rules.js';

const clocks = {
  breaks: 'A write is stamped by the clock alone, so one that follows another may be taken for the older of the two.',
  overrides: { stampTime: ({ now }) => now },
  caughtBy: registersKeepLastWrites.name,
  // Two assignments, and the clock.
  smallestSchedule: 3,
} satisfies Mutant<CommonRules>;

const additionsKept = {
  breaks: 'A member that both sides hold is kept, though each has seen that the dots of the other were removed.',
  overrides: {
    memberDots: (held) =>
      held.mine.length > 0 && held.theirs.length > 0 ? [...new Set([...held.mine, ...held.theirs])] : heldDots(held),
  },
  caughtBy: additionsWin.name,
  // Two additions and two removals.
  smallestSchedule: 4,
} satisfies Mutant<StateRules>;

const sameActor = {
  breaks: 'A replica that has lost its disk begins to count again, as the actor that it was.',
  overrides: { actor: (node) => node },
  caughtBy: noAcknowledgedUpdateLost.name,
  // An update, the loss of the disk, and another.
  smallestSchedule: 3,
} satisfies Mutant<CommonRules>;

export const STATE_MUTANTS: Readonly<Record<string, Mutant<StateRules>>> = {
  'CR-08': { ...sameActor, caughtBy: countersCountOnce.name },
  'clock-stamps': clocks,
};

export const DELTA_MUTANTS: Readonly<Record<string, Mutant<DeltaRules>>> = {
  'CR-01': additionsKept,
  'interval-for-another-life': {
    breaks: 'A replica that has lost its disk joins an interval that builds on what it had acknowledged.',
    overrides: { mayJoin: () => true },
    caughtBy: countersCountOnce.name,
    smallestSchedule: 2,
  },
};

export const OPERATION_MUTANTS: Readonly<Record<string, Mutant<OperationRules>>> = {
  'CR-08-operations': sameActor,
  'delivered-early': {
    breaks: 'Updates are delivered as they arrive, not after those that they follow.',
    overrides: { isDeliverable: () => true },
    caughtBy: additionsWin.name,
    smallestSchedule: 3,
  },
  'delivered-twice': {
    breaks: 'An update that arrives again is applied again.',
    overrides: { isNew: () => true },
    caughtBy: countersCountOnce.name,
    smallestSchedule: 1,
  },
  'insertion-order': {
    breaks: 'An element is inserted right behind its neighbour, whatever was inserted there at the same time.',
    overrides: { goesBehind: () => false },
    caughtBy: oneOrder.name,
    smallestSchedule: 2,
  },
};
