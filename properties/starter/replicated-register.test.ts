/** The tests: the protocol keeps its promise under every fault that it tolerates, and each planted bug is found. */
import { testMutants, testSystem } from 'faultline/vitest';
import { replicatedRegister } from './replicated-register.js';

testSystem(replicatedRegister, { numRuns: 500 });
testMutants(replicatedRegister);
