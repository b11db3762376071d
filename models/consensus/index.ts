/** Consensus by Raft, for models that replicate something by a log: the door. See README.md. */
export { consensusHandlers } from './handlers.js';
export { CONSENSUS_INVARIANT_NAMES, consensusInvariants } from './invariants.js';
export type { ConsensusMessage } from './messages.js';
export { confirmedRound, readIndex, startConfirmation } from './reading.js';
export { propose } from './replication.js';
export { consensusRules, type ConsensusRules } from './rules.js';
export {
  freshConsensus,
  recoveredConsensus,
  takeCommitted,
  type Committed,
  type Consensus,
  type ConsensusContext,
  type ConsensusTimer,
} from './state.js';
export { start } from './term.js';
