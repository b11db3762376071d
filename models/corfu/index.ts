/** CORFU: the door. */
export { corfu } from './system.js';
