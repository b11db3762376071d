/**
 * faultline in vitest: `import { testSystem, testMutants, checkSystem } from 'faultline/vitest'`. Registers the matchers too.
 *
 * @module faultline/vitest
 */
import './matchers.js';

export { checkMutant, checkSystem, testMutants, testSystem, Inconclusive } from './check-system.js';
export type { CheckOptions, MutantOptions } from './check-system.js';
export { BrokenPromise, type Annotatable } from './fail-test.js';
