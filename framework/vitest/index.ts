/** faultline in vitest: `import { testSystem, testMutants, checkSystem } from 'faultline/vitest'`. Registers the matchers too. */
import './matchers.js';

export { checkMutant, checkSystem, testMutants, testSystem, BrokenPromise, Inconclusive } from './check-system.js';
export type { Annotatable, CheckOptions, MutantOptions } from './check-system.js';
