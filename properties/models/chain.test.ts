/** Chain replication keeps its promises, with a master that never fails and with a replicated one. */
import * as door from '../../models/chain/index.js';
import { testModel } from '../fixtures/test-model.js';

testModel(door);
