/** A thread that runs ranges of seeds for `explore`: see `campaign-threads.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadSystems } from './load-systems.js';
import { RangeRunner } from './seed-range.js';
import type { FromSeedWorker, ToSeedWorker } from './campaign-threads.js';

const { systemsModule } = workerData as { readonly systemsModule: string | undefined };
const loaded = loadSystems(systemsModule);
let current: { readonly campaign: number; readonly runner: RangeRunner } | undefined;

const answer = (message: FromSeedWorker): void => parentPort?.postMessage(message);

parentPort?.on('message', (message: ToSeedWorker) => {
  void loaded.then((systems) => {
    const { campaign } = message;
    if (message.kind === 'corpus') {
      answer({ kind: 'corpus', campaign, corpus: current?.campaign === campaign ? current.runner.corpus : [] });
      return;
    }
    if (current?.campaign !== campaign) current = { campaign, runner: new RangeRunner(systems, message.settings) };
    const result = current.runner.run(message.range, (found) => {
      answer({ kind: 'found', campaign, found });
    });
    answer({ kind: 'result', campaign, index: message.index, result });
  });
});
