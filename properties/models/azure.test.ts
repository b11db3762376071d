/** Azure's stream layer keeps its promises. */
import * as door from '../../models/azure/index.js';
import { testModel } from '../fixtures/test-model.js';

testModel(door);
