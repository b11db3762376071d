/**
 * The models that come with faultline, and the sequential specs that they share.
 *
 * @module faultline/models
 */
import type { System } from '../framework/index.js';
import { azure } from './azure/index.js';
import { cdc } from './cdc/index.js';
import { chain, chainReplicated, chainSystem } from './chain/index.js';
import { changeConsumers } from './cdc/consumers/index.js';
import { corfu } from './corfu/index.js';
import { cqrs } from './cqrs/index.js';
import { craq, craqSystem } from './craq/index.js';
import { crdtDelta, crdtOperations, crdtState } from './crdt/index.js';
import { dynamo, dynamoStrict } from './dynamo/index.js';
import { eventStore, eventStoreAggregates } from './event-store/index.js';
import {
  eventStoreCatchUp,
  eventStorePersistent,
  eventStoreRoundRobin,
  eventStoreSingle,
} from './event-store/subscriptions/index.js';
import { fawn } from './fawn/index.js';
import { primaryBackupAsync, primaryBackupSemiSync, primaryBackupSync } from './primary-backup/index.js';
import { raft } from './raft/index.js';
import { shard } from './shard/index.js';

export {
  azure,
  cdc,
  chain,
  chainReplicated,
  chainSystem,
  changeConsumers,
  corfu,
  cqrs,
  craq,
  craqSystem,
  crdtDelta,
  crdtOperations,
  crdtState,
  dynamo,
  dynamoStrict,
  eventStore,
  eventStoreCatchUp,
  eventStorePersistent,
  eventStoreRoundRobin,
  eventStoreSingle,
  eventStoreAggregates,
  fawn,
  primaryBackupAsync,
  primaryBackupSemiSync,
  primaryBackupSync,
  raft,
  shard,
};

/** All of them, as `faultline explore` runs them. */
export const systems: readonly System[] = [
  primaryBackupSync,
  primaryBackupSemiSync,
  primaryBackupAsync,
  chain,
  chainReplicated,
  craq,
  corfu,
  azure,
  fawn,
  shard,
  raft,
  dynamo,
  dynamoStrict,
  crdtState,
  crdtDelta,
  crdtOperations,
  eventStore,
  eventStoreCatchUp,
  eventStorePersistent,
  eventStoreRoundRobin,
  eventStoreSingle,
  cqrs,
  eventStoreAggregates,
  cdc,
  changeConsumers,
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
