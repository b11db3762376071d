/** The event store keeps its promises, and so do its aggregates. */
import * as door from '../../models/event-store/index.js';
import { testModel } from '../fixtures/test-model.js';

testModel(door);
