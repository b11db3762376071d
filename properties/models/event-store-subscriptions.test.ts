/** Subscriptions to the event store keep their promises. */
import * as door from '../../models/event-store/subscriptions/index.js';
import { testModel } from '../fixtures/test-model.js';

testModel(door);
