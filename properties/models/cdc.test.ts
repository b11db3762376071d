/** Change data capture keeps its promises. */
import * as door from '../../models/cdc/index.js';
import { testModel } from '../fixtures/test-model.js';

testModel(door);
