/** Every planted bug, after how many seeds it is found, and how small its plan becomes, beside the smallest schedule known. */
import { planSize, shrink } from '../../framework/index.js';
import { systems } from '../../models/index.js';
import { search } from '../fixtures/search.js';
import type { Claim } from './claim.js';

const SEEDS_MAX = 50_000;

export async function mutants(): Promise<Claim> {
  const rows = [];
  let missed = 0;
  for (const system of systems)
    for (const [id, { caughtBy, smallestSchedule }] of Object.entries(system.mutants)) {
      const found = search(system, id, caughtBy, SEEDS_MAX);
      if (found === undefined) {
        missed++;
        rows.push([id, system.name, 'not found', '', smallestSchedule ?? '', caughtBy]);
        continue;
      }
      const { plan } = await shrink(system, found.plan, found.failure.signature, { mutant: id });
      rows.push([id, system.name, found.afterSeeds, planSize(plan), smallestSchedule ?? '', caughtBy]);
    }
  return {
    title: 'Planted bugs, and their smallest plans',
    text:
      `The default strategy, from seed 0 on, at most ${SEEDS_MAX.toLocaleString('en')} seeds. Sizes are operations, faults, ` +
      'decided fates and fault points together; the smallest schedule known counts operations and faults alone.',
    headings: ['mutant', 'system', 'found after', 'shrunk to', 'smallest known', 'caught by'],
    rows,
    holds: missed === 0,
    conclusion: missed === 0 ? `All ${rows.length} are found.` : `${missed} of ${rows.length} are not found.`,
  };
}
