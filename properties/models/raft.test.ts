/** Raft keeps its promises. */
import * as door from '../../models/raft/index.js';
import { testModel } from '../fixtures/test-model.js';

testModel(door);
