/** Conflict-free replicated data types: see README.md. */
export { crdtDelta, crdtOperations, crdtState } from './system.js';
