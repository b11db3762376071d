/** Chain replication: the door. */
export { chain, chainReplicated, chainSystem } from './system.js';
export { PROPERTY_NAMES as chainPropertyNames, type Replica as ChainReplica } from './properties.js';
export { INVARIANT_NAMES as chainInvariantNames } from './invariants.js';
export type { ChainOperation } from './messages.js';
export type { Rules as ChainRules } from './rules.js';
