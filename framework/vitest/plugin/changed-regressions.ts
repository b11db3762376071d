/** In watch mode: a regression that is new or has changed is tried at once, by the tests of its system. */
import { statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Vitest } from 'vitest/node';
import { readFinding } from '../../cli/replay.js';
import { propertyTests } from './board.js';
import { rerun } from './rerun.js';

/** A file is taken for written once its size has stayed the same for so many milliseconds. */
const QUIET = 200;

/** Tries what is written to `folder`, from now on. */
export function tryChangedRegressions(vitest: Vitest, folder: string): void {
  const inside = resolve(folder) + sep;
  /** Those that are still being written. */
  const awaited = new Set<string>();
  const note = async (file: string) => {
    if (!file.startsWith(inside) || !file.endsWith('.json') || awaited.has(file)) return;
    awaited.add(file);
    const isThere = await isWritten(file);
    awaited.delete(file);
    if (isThere) await tryRegression(vitest, file);
  };
  for (const event of ['add', 'change']) vitest.vite.watcher.on(event, (file: string) => void note(file));
}

/** Resolves when nobody writes to `file` any more: to false if it has gone. */
async function isWritten(file: string): Promise<boolean> {
  for (let before = -1; ;) {
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    if (size === undefined || size === before) return size !== undefined;
    before = size;
    await setTimeout(QUIET);
  }
}

/** Runs the properties of the system that it is of; they replay it before anything else. */
async function tryRegression(vitest: Vitest, file: string): Promise<void> {
  let system: string;
  try {
    ({ system } = readFinding(file));
  } catch (error) {
    vitest.logger.warn(error instanceof Error ? error.message : String(error));
    return;
  }
  const tests = propertyTests(vitest).filter((test) => test.meta().faultline?.system === system);
  if (tests.length > 0) await rerun(vitest, tests);
}
