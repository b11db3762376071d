/** Raft: the door. */
export { raft } from './system.js';
