/**
 * Campaigns over several threads, by ranges of seeds. Ranges are given to threads in turn, and their results are handed on in
 * the order of the seeds: what comes out does not depend on which thread was faster.
 */
import type { Worker } from 'node:worker_threads';
import type { RawFinding } from '../explore/campaign.js';
import type { Plan } from '../plan/plan.js';
import type { System } from '../simulation/system.js';
import type { Interruption } from './interruption.js';
import { RangeRunner, type CampaignSettings, type Ranges, type RangeResult, type SeedRange } from './seed-range.js';
import { startWorker } from './start-worker.js';

export type ToSeedWorker =
  | {
      readonly kind: 'run';
      readonly campaign: number;
      readonly settings: CampaignSettings;
      readonly index: number;
      readonly range: SeedRange;
    }
  | { readonly kind: 'corpus'; readonly campaign: number };

export type FromSeedWorker =
  | { readonly kind: 'found'; readonly campaign: number; readonly found: RawFinding }
  | { readonly kind: 'result'; readonly campaign: number; readonly index: number; readonly result: RangeResult }
  | { readonly kind: 'corpus'; readonly campaign: number; readonly corpus: readonly Plan[] };

/** What a campaign is told of its ranges. */
export interface RangeListener {
  /** At once, whatever ranges before it are still being run. */
  found(found: RawFinding): void;
  /** In the order of the ranges, each when the one before is done with. True: that was enough. */
  finished(result: RangeResult): Promise<boolean>;
  /** The result of a range that was run before. */
  known(range: SeedRange): RangeResult | undefined;
}

/** Runs campaigns, one after the other. */
export interface CampaignRunner {
  /** Until all ranges are finished, the listener has enough, or an interruption is requested. */
  run(settings: CampaignSettings, rangeAt: Ranges, listener: RangeListener): Promise<void>;
  /** What the campaign last run has kept. */
  corpus(): Promise<readonly Plan[]>;
  close(): Promise<void>;
}

/** In this thread. */
export function campaignHere(systems: readonly System[], interruption: Interruption): CampaignRunner {
  let runner: RangeRunner | undefined;
  return {
    async run(settings, rangeAt, listener) {
      runner = new RangeRunner(systems, settings);
      const found = (one: RawFinding): void => {
        listener.found(one);
      };
      for (let index = 0; ; index++) {
        const range = rangeAt(index);
        await interruption.breathe();
        if (range === undefined || interruption.requested) return;
        if (await listener.finished(listener.known(range) ?? runner.run(range, found))) return;
      }
    },
    corpus: () => Promise.resolve(runner?.corpus ?? []),
    close: () => Promise.resolve(),
  };
}

/** No thread is further ahead of the results handed on than so many ranges. */
const AHEAD_MAX = 64;

/** So many ranges wait at each thread, so that it has work while this one shrinks a finding. */
const GIVEN_MAX = 2;

/** In `count` threads. */
export function campaignThreads(
  count: number,
  systemsModule: string | undefined,
  interruption: Interruption,
): CampaignRunner {
  const workers = Array.from({ length: count }, () => startWorker('seed-worker', { systemsModule }));
  let campaign = 0;
  /** The present campaign's, to be told of messages and of errors. */
  let onMessage: ((worker: number, message: FromSeedWorker) => void) | undefined;
  let onError: ((error: Error) => void) | undefined;
  let failed: Error | undefined;
  for (const [number, worker] of workers.entries()) {
    worker.on('message', (message: FromSeedWorker) => {
      if (message.campaign === campaign) onMessage?.(number, message);
    });
    worker.on('error', (error: Error) => {
      failed ??= error;
      onError?.(error);
    });
  }
  return {
    run: (settings, rangeAt, listener) =>
      new Promise((resolve, reject) => {
        campaign++;
        if (failed !== undefined) {
          reject(failed);
          return;
        }
        const results = new Map<number, RangeResult>();
        /** By thread, how many ranges it has been given and not answered. */
        const given = workers.map(() => 0);
        /** By thread, the next range that is its turn: each `count`-th. */
        const turn = workers.map((_, number) => number);
        let handedOn = 0;
        // What is still being run when there is enough is not waited for: its results belong to an old campaign.
        const finish = (): void => {
          onMessage = onError = undefined;
          clearInterval(watch);
          resolve();
        };
        let handingOn = false;
        const handOn = async (): Promise<void> => {
          if (handingOn) return;
          handingOn = true;
          for (;;) {
            for (const number of workers.keys()) giveWork(number);
            const range = rangeAt(handedOn);
            if (range === undefined || interruption.requested) {
              finish();
              return;
            }
            const result = results.get(handedOn) ?? listener.known(range);
            if (result === undefined) break;
            results.delete(handedOn++);
            if (await listener.finished(result)) {
              finish();
              return;
            }
          }
          handingOn = false;
        };
        const giveWork = (number: number): void => {
          while ((given[number] ?? 0) < GIVEN_MAX) {
            const index = turn[number] ?? 0;
            const range = rangeAt(index);
            if (range === undefined || index >= handedOn + AHEAD_MAX) return;
            turn[number] = index + count;
            if (listener.known(range) !== undefined) continue;
            given[number] = (given[number] ?? 0) + 1;
            send(workers[number], { kind: 'run', campaign, settings, index, range });
          }
        };
        // Threads that are in the middle of a long range do not answer.
        const watch = setInterval(() => {
          if (interruption.requested && !handingOn) finish();
        }, 50);
        const fail = (error: unknown): void => {
          onMessage = onError = undefined;
          clearInterval(watch);
          reject(error instanceof Error ? error : new Error(String(error)));
        };
        onError = fail;
        onMessage = (number, message) => {
          try {
            if (message.kind === 'found') listener.found(message.found);
          } catch (error) {
            fail(error);
          }
          if (message.kind !== 'result') return;
          given[number] = (given[number] ?? 0) - 1;
          results.set(message.index, message.result);
          giveWork(number);
          handOn().catch(fail);
        };
        handOn().catch(fail);
      }),
    corpus: async () => {
      if (interruption.requested) return [];
      const corpora = await new Promise<(readonly Plan[])[]>((resolve, reject) => {
        if (failed !== undefined) reject(failed);
        const answers: (readonly Plan[])[] = [];
        onError = reject;
        onMessage = (_, message) => {
          if (message.kind === 'corpus') answers.push(message.corpus);
          if (answers.length === count) resolve(answers);
        };
        for (const worker of workers) send(worker, { kind: 'corpus', campaign });
      });
      return corpora.flat();
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

const send = (worker: Worker | undefined, message: ToSeedWorker): void => worker?.postMessage(message);
