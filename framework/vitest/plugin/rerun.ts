/** Runs of some tests of a file, as the panel and a new regression ask for them. */
import type { TestCase, Vitest } from 'vitest/node';

/** Nobody waits for these runs: what goes wrong with one is told, and ends nothing. */
export async function rerun(vitest: Vitest, tests: readonly TestCase[]): Promise<void> {
  try {
    await vitest.rerunTestSpecifications(tests.map((test) => test.toTestSpecification()));
  } catch (error) {
    vitest.logger.error(error instanceof Error ? error.message : String(error));
  }
}

/**
 * From then on, a run of some tests of a file is no rule for later ones. vitest keeps how a file was last asked for, and in
 * watch mode would run no other tests of it ever again. It is forgotten as soon as vitest has it, before the run begins: a
 * file that is saved meanwhile is run in full too, and it matters not how the run ends.
 */
export function keepRunsApart(vitest: Vitest): void {
  vitest.config.reporters.push({
    onTestRunStart(specifications) {
      for (const { moduleId, testIds } of specifications)
        if (testIds !== undefined) vitest.clearSpecificationsCache(moduleId);
    },
  });
}
