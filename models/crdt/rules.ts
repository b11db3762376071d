/** The rules of replicated data types that are easiest to get wrong. A mutant overrides one of them. */
import {
  hasSeen,
  heldDots,
  includesContext,
  type Actor,
  type CausalContext,
  type Dot,
  type HeldDots,
} from '../causality/causal-context.js';
import { isLater, type Stamp } from './stamp.js';

/** Of whatever kind the replication is. */
export interface CommonRules {
  /** The actor that a replica is in a new life, of which `life` is a number drawn at random. */
  actor(node: string, life: number): Actor;
  /** The time of an update's stamp. */
  stampTime(clock: { readonly now: number; readonly latest: number }): number;
}

const COMMON: CommonRules = {
  actor: (node, life) => `${node}-${life.toString(36)}`,
  stampTime: ({ now, latest }) => Math.max(now, latest + 1),
};

/** Where states, or parts of them, are joined. */
export interface StateRules extends CommonRules {
  /** The dots by which a member of the set is held when two states are joined. */
  memberDots(held: HeldDots): readonly Dot[];
}

export const STATE_RULES: StateRules = { ...COMMON, memberDots: heldDots };

export interface DeltaRules extends StateRules {
  /** Whether an interval meant for the life `meantFor` of a replica may be joined in its life `self`. */
  mayJoin(self: Actor, meantFor: Actor): boolean;
}

export const DELTA_RULES: DeltaRules = { ...STATE_RULES, mayJoin: (self, meantFor) => self === meantFor };

/** Where operations are broadcast. */
export interface OperationRules extends CommonRules {
  /** Whether the update `dot`, which follows `follows`, has not been delivered yet. */
  isNew(delivered: CausalContext, dot: Dot): boolean;
  /** Whether what follows `follows` can be delivered now. */
  isDeliverable(delivered: CausalContext, follows: CausalContext): boolean;
  /** Whether an element that is inserted goes behind one that stands where it would go. */
  goesBehind(inserted: Stamp, other: Stamp): boolean;
}

export const OPERATION_RULES: OperationRules = {
  ...COMMON,
  isNew: (delivered, dot) => !hasSeen(delivered, dot),
  isDeliverable: includesContext,
  goesBehind: (inserted, other) => isLater(other, inserted),
};
