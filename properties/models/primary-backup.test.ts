/** Primary-backup replication keeps its promises: synchronous, semi-synchronous and asynchronous. */
import * as door from '../../models/primary-backup/index.js';
import { testModel } from '../fixtures/test-model.js';

testModel(door);
