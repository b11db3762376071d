import { testMutants, testSystem } from 'faultline/vitest';
import { majority } from './tutorial/majority.js';

testSystem(majority, { numRuns: 3_000 });
testMutants(majority, { numRuns: 200 });
