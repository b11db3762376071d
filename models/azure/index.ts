/** The stream layer of Windows Azure Storage: the door. */
export { azure } from './system.js';
