/** CORFU keeps its promises. */
import * as door from '../../models/corfu/index.js';
import { testModel } from '../fixtures/test-model.js';

testModel(door);
