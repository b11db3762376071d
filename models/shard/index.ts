/** Sharding with live migration: the door. */
export { shard } from './system.js';
