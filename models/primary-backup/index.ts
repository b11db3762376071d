/** The door of the primary-backup model. */
export { ASYNCHRONOUS, SEMI_SYNCHRONOUS, SYNCHRONOUS, type Configuration } from './configuration.js';
export { loseByCrash, lossExperiment, WORD_MICROS, type Crash, type Loss, type Shipping } from './loss-experiment.js';
export { primaryBackupAsync, primaryBackupCluster, primaryBackupSemiSync, primaryBackupSync } from './system.js';
