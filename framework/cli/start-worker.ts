/** Threads that run a module of this folder. */
import { Worker } from 'node:worker_threads';

/** Starts `name` (`key-worker`). In a checkout it is TypeScript, which threads do not read by themselves. */
export function startWorker(name: string, workerData: unknown): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, import.meta.url), { workerData });
  const [tsx, file, parent] = [import.meta.resolve('tsx/esm/api'), `./${name}.ts`, import.meta.url].map((text) =>
    JSON.stringify(text),
  );
  return new Worker(`import(${tsx}).then(({ tsImport }) => tsImport(${file}, ${parent}))`, { eval: true, workerData });
}
