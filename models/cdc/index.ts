/** The door of the change data capture model. */
export { cdc } from './system.js';
export { capturedEvents, cdcExperiment } from './laboratory.js';
export type { Deployment as CdcDeployment } from './connector/connector.js';
export type { CdcOperation } from './messages.js';
export type { Rules as CdcRules } from './rules.js';
