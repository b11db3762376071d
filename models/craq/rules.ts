/** The rules of CRAQ that are easiest to get wrong. A mutant overrides one of them. */
import { LEASE_MICROS } from './timing.js';

export type TestAndSetAnswer = 'accept' | 'mismatch' | 'busy';

export interface Rules {
  /**
   * Whether a member may read on its own word: a clean version, or as the tail. §2.4: a node that was removed and does not
   * know must not, because the others commit without it.
   */
  mayRead(lease: { readonly now: number; readonly heartbeatSentAt: number | null }): boolean;

  /**
   * Up to which version a new tail takes the versions it has for committed. §2.5: all, because the failed tail may have
   * committed and acknowledged any that it had.
   */
  committedAtNewTail(object: { readonly clean: number; readonly latest: number }): number;

  /**
   * What the head says to a test-and-set (§4.1.1). Accepted only if no version is under way and the committed one is the
   * one that was named. A mismatch is final only if the object is past that version: a version that is yet to come may
   * be there when a copy of the request arrives.
   */
  testAndSet(object: {
    readonly expected: number;
    readonly committed: number;
    readonly latest: number;
  }): TestAndSetAnswer;

  /**
   * Whether a replica that joins takes its neighbour's copy of an object, having had one of its own. Always: what the
   * chain has is right, also where both committed the same version in different configurations.
   */
  acceptsCopy(copies: {
    readonly own: { readonly clean: number; readonly committedIn: number };
    readonly theirs: { readonly clean: number; readonly committedIn: number };
  }): boolean;
}

export const rules: Rules = {
  mayRead: ({ now, heartbeatSentAt }) => heartbeatSentAt !== null && now - heartbeatSentAt < LEASE_MICROS,
  committedAtNewTail: ({ latest }) => latest,
  testAndSet({ expected, committed, latest }) {
    if (committed > expected) return 'mismatch';
    return latest === committed && committed === expected ? 'accept' : 'busy';
  },
  acceptsCopy: () => true,
};
