/** The models that come with faultline, and the sequential specs that they share. */
import type { System } from '../framework/index.js';
import { chain, chainReplicated, chainSystem } from './chain/index.js';
import { crdtDelta, crdtOperations, crdtState } from './crdt/index.js';
import { dynamo, dynamoStrict } from './dynamo/index.js';
import { eventStore } from './event-store/index.js';
import { primaryBackupAsync, primaryBackupSync } from './primary-backup/index.js';
import { raft } from './raft/index.js';

export {
  chain,
  chainReplicated,
  chainSystem,
  crdtDelta,
  crdtOperations,
  crdtState,
  dynamo,
  dynamoStrict,
  eventStore,
  primaryBackupAsync,
  primaryBackupSync,
  raft,
};

/** All of them, as `faultline explore` runs them. */
export const systems: readonly System[] = [
  chain,
  chainReplicated,
  primaryBackupSync,
  primaryBackupAsync,
  crdtState,
  crdtDelta,
  crdtOperations,
  dynamo,
  dynamoStrict,
  eventStore,
  raft,
];

export { appendOnlyLog, appendOnlyLogVocabulary } from './specs/append-only-log.js';
export type { AppendOnlyLogOperation } from './specs/append-only-log.js';
export { bankAccount } from './specs/bank-account.js';
export type { BankAccountOperation } from './specs/bank-account.js';
export { counter } from './specs/counter.js';
export type { CounterOperation } from './specs/counter.js';
export { eventStream, eventStreamVocabulary } from './specs/event-stream.js';
export type { EventStreamOperation } from './specs/event-stream.js';
export { fifoQueue, fifoQueueVocabulary } from './specs/fifo-queue.js';
export type { FifoQueueOperation } from './specs/fifo-queue.js';
export { keyValue, textKeyValue } from './specs/key-value.js';
export type { KeyValueOperation } from './specs/key-value.js';
export { register } from './specs/register.js';
export type { RegisterOperation } from './specs/register.js';
export { valueSet, valueSetVocabulary } from './specs/value-set.js';
export type { ValueSetOperation } from './specs/value-set.js';
