/**
 * Linearizability over several threads, key by key. One thread begins; only when the searches turn out to cost more than
 * starting threads and copying keys to them do the other keys go to workers. Verdicts are those of `checkLinearizability`.
 */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import {
  boundsOf,
  conclude,
  type LinearizabilityOptions,
  type LinearizabilityResult,
} from '../checkers/linearizability.js';
import { decideKey, type Decision } from '../checkers/linearizability/decision.js';
import type { FrontierBounds } from '../checkers/linearizability/frontier-search.js';
import { groupByKey, type Group } from '../checkers/linearizability/groups.js';
import type { Placeable } from '../checkers/linearizability/problem.js';
import type { AnyOperation, History } from '../history/entry.js';
import type { AnySpec } from './load-spec.js';
import { startWorker } from './start-worker.js';

/** Where a worker finds the specification: functions cannot be sent to it. */
export interface SpecSource {
  readonly name: string;
  readonly module: string | undefined;
}

/** What a worker is given to begin with, and then for each key; it answers with a Decision for each. */
export interface WorkerSettings {
  readonly source: SpecSource;
  readonly bounds: FrontierBounds;
}
export interface WorkerKey {
  readonly operations: readonly Placeable<AnyOperation>[];
  readonly events: Int32Array;
}

/** What one thread may spend on all keys before others join, in configurations: about a second. */
const ALONE_MAX = 5_000_000;

/** The verdict of `checkLinearizability(history, spec, options)`; `source` says where workers find `spec`. */
export async function checkLinearizabilityInParallel(
  history: History,
  spec: AnySpec,
  options: LinearizabilityOptions & {
    readonly source: SpecSource;
    readonly onDecided?: (keys: number, of: number) => void;
    readonly aloneMax?: number;
  },
): Promise<LinearizabilityResult> {
  const { source, onDecided, aloneMax = ALONE_MAX } = options;
  const divided = groupByKey(history, spec);
  const { groups } = divided;
  const bounds = boundsOf(options);
  const decisions: Decision[] = [];
  let left = aloneMax;
  for (const group of groups) {
    const last = decisions.length === groups.length - 1;
    const configurationsMax = last ? bounds.configurationsMax : Math.min(left, bounds.configurationsMax);
    const decision = decideKey(group, spec, { ...bounds, configurationsMax });
    const { outcome } = decision;
    if (outcome.kind === 'exhausted' && configurationsMax < bounds.configurationsMax) break;
    decisions.push(decision);
    onDecided?.(decisions.length, groups.length);
    if (outcome.kind === 'illegal') break;
    left = Math.max(1, left - outcome.configurations);
  }
  if (decisions.length < groups.length && decisions.at(-1)?.outcome.kind !== 'illegal') {
    const offset = decisions.length;
    const others = await decideOnWorkers(groups.slice(offset), { source, bounds }, (done) =>
      onDecided?.(offset + done, groups.length),
    );
    decisions.push(...others);
  }
  return conclude(divided, spec, decisions);
}

/** The decisions about `groups` in their order, up to the first that is illegal. */
async function decideOnWorkers(
  groups: readonly Group<AnyOperation>[],
  settings: WorkerSettings,
  onDecided: (done: number) => void,
): Promise<Decision[]> {
  const decisions: (Decision | undefined)[] = groups.map(() => undefined);
  let next = 0;
  let done = 0;
  /** Keys behind the first illegal one need no decision. */
  let end = groups.length;
  const workers = Array.from({ length: Math.min(availableParallelism(), groups.length) }, () =>
    startWorker('key-worker', settings),
  );
  const run = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      let place = -1;
      const giveNext = (): void => {
        place = next++;
        const group = groups[place];
        if (group === undefined || place >= end) {
          resolve();
          return;
        }
        const operations = group.operations.map(({ operation, certainty, result }) => ({
          operation,
          certainty,
          result,
        }));
        const key: WorkerKey = { operations, events: Int32Array.from(group.events) };
        worker.postMessage(key, [key.events.buffer as ArrayBuffer]);
      };
      worker.on('message', (decision: Decision) => {
        decisions[place] = decision;
        if (decision.outcome.kind === 'illegal') end = Math.min(end, place + 1);
        onDecided(++done);
        giveNext();
      });
      worker.on('error', reject);
      giveNext();
    });
  try {
    await Promise.all(workers.map(run));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return decisions.slice(0, end).filter((decision) => decision !== undefined);
}
