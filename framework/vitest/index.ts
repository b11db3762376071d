/** faultline in vitest: `import { testSystem, checkSystem } from 'faultline/vitest'`. Registers the matchers too. */
import './matchers.js';

export { checkSystem, testSystem, BrokenPromise, Inconclusive } from './check-system.js';
export type { Annotatable, CheckOptions } from './check-system.js';
