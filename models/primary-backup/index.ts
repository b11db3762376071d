/** The door of the primary-backup model. */
export { ASYNCHRONOUS, SEMI_SYNCHRONOUS, SYNCHRONOUS, type Configuration } from './configuration.js';
export {
  BEAT_MICROS,
  FAILOVER_MICROS,
  LEASE_MICROS,
  loseByCrash,
  lossExperiment,
  NEAR_MICROS,
  WORD_MICROS,
  type Crash,
  type Loss,
  type LossSetting,
  type Shipping,
} from './loss-experiment.js';
export { ASYNCHRONOUS_RULES, SEMI_SYNCHRONOUS_RULES, SYNCHRONOUS_RULES } from './rules.js';
export { primaryBackupAsync, primaryBackupCluster, primaryBackupSemiSync, primaryBackupSync } from './system.js';
