/** CQRS with three read models keeps its promises. */
import * as door from '../../models/cqrs/index.js';
import { testModel } from '../fixtures/test-model.js';

testModel(door);
