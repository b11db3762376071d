/** Dynamo: see README.md. */
export { dynamo, dynamoStrict } from './system.js';
