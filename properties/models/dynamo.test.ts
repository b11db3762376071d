/** Dynamo keeps its promises, with sloppy quorums and with strict ones. */
import * as door from '../../models/dynamo/index.js';
import { testModel } from '../fixtures/test-model.js';

testModel(door);
