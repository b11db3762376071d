/** The door of the primary-backup model. */
export { ASYNCHRONOUS, SYNCHRONOUS, type Configuration } from './configuration.js';
export { loseByCrash, lossExperiment, WORD_MICROS, type Crash, type Loss, type Shipping } from './loss-experiment.js';
export { ASYNCHRONOUS_RULES, SYNCHRONOUS_RULES } from './rules.js';
export { primaryBackupAsync, primaryBackupCluster, primaryBackupSync } from './system.js';
