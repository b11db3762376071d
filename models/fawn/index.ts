/** FAWN-KV: the door. */
export { fawn } from './system.js';
