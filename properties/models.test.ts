/** Every model that comes with faultline keeps its promises; kept findings are run first. The long run is `explore`. */
import { describe } from 'vitest';
import { systems } from 'faultline/models';
import { testSystem } from 'faultline/vitest';

for (const system of systems)
  describe(`the correct ${system.name}`, () => {
    testSystem(system, { numRuns: 250 });
  });
