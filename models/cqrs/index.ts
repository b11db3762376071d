/** The door of the CQRS model. */
export { cqrs, cqrsCluster } from './system.js';
export { pollMicros, refreshMicros } from './timing.js';
export type { Operation as CqrsOperation } from './messages.js';
export { correctRules as cqrsRules } from './rules.js';
export type { Rules as CqrsRules } from './rules.js';
