/** Mistakes that implementations of Raft have made, or that its authors warn of: each breaks one rule. */
import type { Mutant } from '../../framework/index.js';
import { CONSENSUS_INVARIANT_NAMES } from '../consensus/index.js';
import { PROPERTY_NAMES } from './properties.js';
import type { Rules } from './rules.js';

export const mutants: Readonly<Record<string, Mutant<Rules>>> = {
  'forgets-vote': {
    breaks: 'Term and vote are not on disk when they are answered, so a server that restarts may vote twice in a term.',
    overrides: { recordOfVote: () => ({ term: 0, votedFor: null }) },
    caughtBy: CONSENSUS_INVARIANT_NAMES.electionSafety,
  },
  'votes-for-anybody': {
    breaks: 'There is no election restriction: a candidate may win whose log lacks committed entries.',
    overrides: { mayVoteFor: () => true },
    caughtBy: CONSENSUS_INVARIANT_NAMES.leaderCompleteness,
  },
  'reads-unconfirmed': {
    breaks: 'A leader answers reads without asking whether it still leads.',
    overrides: { isConfirmed: () => true },
    caughtBy: PROPERTY_NAMES.linearizable,
  },
  'truncates-always': {
    breaks:
      'A follower drops whatever a message does not mention, so one that was overtaken undoes what was acknowledged.',
    overrides: { truncates: () => true },
    caughtBy: CONSENSUS_INVARIANT_NAMES.stateMachineSafety,
  },
  'acknowledges-before-the-disk': {
    breaks: 'A follower acknowledges entries before they are on its disk.',
    overrides: { awaitsDisk: (kind) => kind !== 'appended' },
    caughtBy: CONSENSUS_INVARIANT_NAMES.leaderCompleteness,
  },
  'executes-repetitions': {
    breaks: 'There is no table of sessions: an update that a client asks for again takes effect again.',
    overrides: { executes: () => true },
    caughtBy: PROPERTY_NAMES.exactlyOnce,
  },
};
