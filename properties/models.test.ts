/** Every model that comes with faultline keeps its promises; kept findings are run first. The long run is `explore`. */
import { describe, expect, test } from 'vitest';
import { judge, planGenerator, simulate } from 'faultline';
import { systems } from 'faultline/models';
import { testSystem } from 'faultline/vitest';
import { effort } from './fixtures/effort.js';

for (const system of systems)
  describe(`the correct ${system.name}`, () => {
    testSystem(system, { numRuns: 250 });

    // Generated plans draw each message's delay; that all are as long as claimed to be tolerated is not among them.
    const { minMicros, maxMicros } = system.tolerates.delay;
    test.for([minMicros, maxMicros])('keeps them when every message takes %i microseconds', (delay) => {
      const plan = planGenerator(system);
      const network = {
        delay: { kind: 'uniform', minMicros: delay, maxMicros: delay },
        dropPerMillion: 0,
        duplicatePerMillion: 0,
      } as const;
      for (let seed = 0; seed < effort(12); seed++)
        expect(judge(system, simulate(system, { ...plan(seed), network })).failures, `seed ${seed}`).toEqual([]);
    });
  });
