/** CRAQ: the door. */
export { craq, craqSystem } from './system.js';
