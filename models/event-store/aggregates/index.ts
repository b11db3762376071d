/** The door of the aggregates on the store of streams. */
export { eventStoreAndAggregates } from './system.js';
export type { Rules as AggregatesRules } from './rules.js';
export { aggregatesLaboratory, loadOf } from './laboratory.js';
