/** The door of the change data capture model. */
export { cdc, cdcCluster } from './system.js';
export type { CdcOperation } from './messages.js';
export { correctRules as cdcRules, type Rules as CdcRules } from './rules.js';
