/** The bugs of shared/BUGZOO.md that this family must have found in it: each breaks one rule. */
import type { Mutant } from '../../framework/index.js';
import { nameDot } from '../causality/causal-context.js';
import { noAcknowledgedWriteLost, noResurrection, readsSeeWhatWasSeen } from './properties.js';
import type { Rules } from './rules.js';
import { REPAIR_MICROS } from './timing.js';

export const SLOPPY_MUTANTS: Readonly<Record<string, Mutant<Rules>>> = {
  'DY-02': {
    breaks: 'Tombstones are forgotten while some replica may have missed them.',
    overrides: { mayForget: (age) => age >= REPAIR_MICROS },
    caughtBy: noResurrection.name,
    // A put, a get, a delete, and whatever keeps one replica from hearing of the delete.
    smallestSchedule: 4,
  },
  'DY-03': {
    breaks: 'A coordinator that has lost its copy counts its writes anew, under its old name.',
    overrides: { dot: ({ node, seen }) => nameDot(node, (seen.vector[node] ?? 0) + 1) },
    caughtBy: noAcknowledgedWriteLost.name,
    // Two puts, and the loss of the disk in between.
    smallestSchedule: 3,
  },
};

export const STRICT_MUTANTS: Readonly<Record<string, Mutant<Rules>>> = {
  'DY-10': {
    breaks: 'Nodes that only stand in for others count towards a quorum.',
    overrides: { standInCounts: () => true },
    caughtBy: readsSeeWhatWasSeen.name,
    // A put, a partition, a get.
    smallestSchedule: 3,
  },
  'DY-11': {
    breaks: 'A read answers with what it found at some nodes, and does not write it to the others.',
    overrides: { writesBack: () => false, repairsOnRead: () => false },
    caughtBy: readsSeeWhatWasSeen.name,
    // A put that reaches one node only, and two gets.
    smallestSchedule: 4,
  },
};
