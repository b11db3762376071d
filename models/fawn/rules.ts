/** The rules of joining that are easiest to get wrong (§3.4), apart from the handlers so that a mutant can break one. */
import type { Entry } from './messages.js';
import { LEASE_MICROS } from './timing.js';

/** What a node is to the gets of a chain. */
export type GetRole = 'tail' | 'joining tail' | 'former tail' | 'other';

export interface Rules {
  /** After which put the old tail pushes what it has, up to the membership message. */
  pushesAfter(join: { readonly precopied: number; readonly point: number }): number;
  /** What a node that joins has in the end: the pre-copied log comes first. */
  merge(parts: { readonly flushed: readonly Entry[]; readonly temporary: readonly Entry[] }): readonly Entry[];
  /** Who answers gets: the tail, or the interim tail; not before it is consistent, and not after it was replaced. */
  answersGets(role: GetRole): boolean;
  /** Whether a node's lease holds. Not in the paper, which trusts its failure detection. */
  isLeased(lease: { readonly now: number; readonly heartbeatSentAt: number | null }): boolean;
}

export const rules: Rules = {
  pushesAfter: ({ precopied }) => precopied,
  merge: ({ flushed, temporary }) => [...flushed, ...temporary],
  answersGets: (role) => role === 'tail',
  isLeased: ({ now, heartbeatSentAt }) => heartbeatSentAt !== null && now - heartbeatSentAt < LEASE_MICROS,
};
