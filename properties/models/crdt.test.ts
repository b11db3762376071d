/** Replicated data types keep their promises, by states, by deltas and by operations. */
import * as door from '../../models/crdt/index.js';
import { testModel } from '../fixtures/test-model.js';

testModel(door);
