/** The door of the consumers of changes. */
export { changeConsumers } from './system.js';
