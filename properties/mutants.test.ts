/**
 * Every mutant is caught by the generic generator, within the budget, by the promise that it names; and the smallest
 * plans are as small as they should be. Each runs in place and through immer alike.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { planGenerator, planSize, shrink, simulate } from 'faultline';

import { systems } from 'faultline/models';
import { table, type Cell } from '../framework/cli/table.js';
import { search } from './fixtures/search.js';

const SEEDS_MAX = 10_000;
/** How many runs of each mutant are compared; the correct systems' are by their golden digests. */
const DIGEST_SEEDS = 4;

/** Mutants whose smallest plans must be at most twice the smallest schedule known. */
const SHRINKS_WELL = ['CH-07', 'PBA-07', 'ES-01'];

/** One line for each mutant caught, printed when all are done. */
const caught: Cell[][] = [];
afterAll(() => {
  const headings = ['mutant', 'system', 'found after (seeds)', 'shrunk to', "the zoo's smallest", 'runs to shrink'];
  process.stdout.write(`\n${table(headings, caught)}\n\n`);
});

for (const system of systems)
  describe(`mutants of ${system.name}`, () => {
    for (const [id, { breaks, caughtBy, smallestSchedule }] of Object.entries(system.mutants))
      test(`${id} (${breaks}) is caught by '${caughtBy}'`, async ({ annotate }) => {
        const found = search(system, id, caughtBy, SEEDS_MAX);
        expect(found, `${id} was not caught by '${caughtBy}' within ${SEEDS_MAX} seeds`).toBeDefined();
        if (found === undefined) return;
        const { plan, runs } = await shrink(system, found.plan, found.failure.signature, { mutant: id });
        const size = planSize(plan);
        caught.push([id, system.name, found.afterSeeds, size, smallestSchedule ?? '–', runs]);
        const zoo = smallestSchedule === undefined ? '' : `, the zoo's smallest schedule has ${smallestSchedule}`;
        await annotate(`found after ${found.afterSeeds} seeds; shrunk to size ${size} in ${runs} runs${zoo}`, 'found');
        if (SHRINKS_WELL.includes(id)) expect(size).toBeLessThanOrEqual(2 * (smallestSchedule ?? 0));
      });

    test.for(Object.keys(system.mutants))('run in place and through immer alike (%s)', (mutant) => {
      const plan = planGenerator(system);
      for (let seed = 0; seed < DIGEST_SEEDS; seed++) {
        const inPlace = simulate(system, plan(seed), { mutant });
        const immer = simulate(system, plan(seed), { mutant, execution: 'immer' });
        expect(immer.digest, `seed ${seed}`).toBe(inPlace.digest);
      }
    });
  });
