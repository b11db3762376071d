/** The door of the subscriptions to the event store. */
export { catchUpCluster, catchUpSubscriptions as eventStoreCatchUp } from './catch-up-system.js';
export { catchUpRules } from './catch-up-rules.js';
export { persistentSubscriptions as eventStorePersistent } from './persistent-system.js';
