/** A thread that decides keys for `checkLinearizabilityInParallel`, one message each. */
import { parentPort, workerData } from 'node:worker_threads';
import { decideKey } from '../checkers/linearizability/decision.js';
import { loadSpec } from './load-spec.js';
import type { WorkerKey, WorkerSettings } from './parallel-linearizability.js';

const { source, bounds } = workerData as WorkerSettings;
const loaded = loadSpec(source.name, source.module);

parentPort?.on('message', ({ operations, events }: WorkerKey) => {
  void loaded.then((spec) => {
    parentPort?.postMessage(decideKey({ operations, events: Array.from(events) }, spec, bounds));
  });
});
