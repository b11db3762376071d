/**
 * Every mutant is caught by the generic generator, within the budget, by the promise that it names; some are shrunk, to
 * plans as small as they should be (`npm run claims` shrinks all). Each runs in place and through immer alike.
 */
import { describe, expect, test } from 'vitest';
import { planGenerator, planSize, shrink, simulate } from 'faultline';
import { systems } from 'faultline/models';
import { search } from './fixtures/search.js';

const SEEDS_MAX = 10_000;
/** How many runs of each mutant are compared; the correct systems' are by their golden digests. */
const DIGEST_SEEDS = 4;

/** Mutants whose smallest plans must be at most twice the smallest schedule known. */
const SHRINKS_WELL = ['CH-07', 'PBA-07', 'ES-01'];

for (const system of systems)
  describe(`mutants of ${system.name}`, () => {
    for (const [id, { breaks, caughtBy, smallestSchedule }] of Object.entries(system.mutants))
      test(`${id} (${breaks}) is caught by '${caughtBy}'`, async ({ annotate }) => {
        const found = search(system, id, caughtBy, SEEDS_MAX);
        expect(found, `${id} was not caught by '${caughtBy}' within ${SEEDS_MAX} seeds`).toBeDefined();
        if (found === undefined) return;
        await annotate(`found after ${found.afterSeeds} seeds`, 'found');
        if (!SHRINKS_WELL.includes(id)) return;
        const { plan } = await shrink(system, found.plan, found.failure.signature, { mutant: id });
        expect(planSize(plan)).toBeLessThanOrEqual(2 * (smallestSchedule ?? 0));
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
