/** Consumers of change events keep their promises. */
import * as door from '../../models/cdc/consumers/index.js';
import { testModel } from '../fixtures/test-model.js';

testModel(door);
