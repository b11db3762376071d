/** The door of the subscriptions to the event store. */
export { catchUpCluster, catchUpSubscriptions as eventStoreCatchUp } from './catch-up-system.js';
export { catchUpRules } from './catch-up-rules.js';
export {
  persistentPinned as eventStorePersistent,
  persistentRoundRobin as eventStoreRoundRobin,
  persistentSingle as eventStoreSingle,
} from './persistent-system.js';
