/** The door of the event store model. */
export { eventStoreAndProjections as eventStore } from './system.js';
export { aggregatesLaboratory, eventStoreAndAggregates as eventStoreAggregates, loadOf } from './aggregates/index.js';
export type { BankOperation, RecordedEvent } from './messages.js';
export type { Rules as EventStoreRules } from './rules.js';
