/** faultline in vitest: `import { testSystem, checkSystem } from 'faultline/vitest'`. */
export { checkSystem, testSystem, BrokenPromise, Inconclusive } from './check-system.js';
export type { Annotatable, CheckOptions } from './check-system.js';
