/** The door of the primary-backup model. */
export { ASYNCHRONOUS, SYNCHRONOUS, type Configuration } from './configuration.js';
export { primaryBackupAsync, primaryBackupCluster, primaryBackupSync } from './system.js';
