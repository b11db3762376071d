/** CRAQ keeps its promises. */
import * as door from '../../models/craq/index.js';
import { testModel } from '../fixtures/test-model.js';

testModel(door);
