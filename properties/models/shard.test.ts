/** The sharded store keeps its promises. */
import * as door from '../../models/shard/index.js';
import { testModel } from '../fixtures/test-model.js';

testModel(door);
