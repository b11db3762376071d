/** FAWN-KV keeps its promises. */
import * as door from '../../models/fawn/index.js';
import { testModel } from '../fixtures/test-model.js';

testModel(door);
