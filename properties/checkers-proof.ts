/**
 * `npm run proof [histories]`: the linearizability checker against its definition (every order is tried) on that many
 * small random histories of each specification, 100,000 unless told otherwise. Progress is printed; the first difference
 * ends it with exit code 1 and the history.
 */
import { printNotation } from 'faultline';
import { groupByKey } from '../framework/checkers/linearizability/groups.js';
import { searchFrontier } from '../framework/checkers/linearizability/frontier-search.js';
import { asUniqueWrites, firstIllegalReturn } from '../framework/checkers/linearizability/unique-writes.js';
import { nameOf } from '../framework/checkers/spec.js';
import { searchLinearization } from './fixtures/wing-gong-lowe.js';
import { table } from '../framework/cli/table.js';
import { isLegalInSomeOrder } from './fixtures/brute-force.js';
import { families, smallHistory } from './fixtures/checker-families.js';

const HISTORIES = Number(process.argv[2] ?? 100_000);
const OPERATIONS_MAX = 6;
const BOUNDS = { configurationsMax: 1e7, frontierMax: 1e6 };
if (!Number.isSafeInteger(HISTORIES) || HISTORIES < 1) {
  process.stderr.write(`npm run proof takes a positive whole number of histories, got '${process.argv[2] ?? ''}'\n`);
  process.exit(2);
}

const rows: (string | number)[][] = [];
for (const one of families) {
  const counts = { legal: 0, illegal: 0, byZones: 0 };
  for (let seed = 0; seed < HISTORIES; seed++) {
    const history = smallHistory(one, seed, OPERATIONS_MAX);
    const legal = isLegalInSomeOrder(history, one.spec);
    counts[legal ? 'legal' : 'illegal']++;
    const { groups } = groupByKey(history, one.spec);
    const answers = {
      frontier: groups.every((group) => searchFrontier(group, one.spec, BOUNDS).kind === 'legal'),
      plain: groups.every((group) => searchLinearization(group, one.spec, 1e7).kind === 'legal'),
      zones: groups.every((group) => {
        const writes = asUniqueWrites(group, one.spec);
        if (writes === undefined) return searchFrontier(group, one.spec, BOUNDS).kind === 'legal';
        counts.byZones++;
        return firstIllegalReturn(group, writes) === undefined;
      }),
    };
    if (answers.frontier === legal && answers.plain === legal && answers.zones === legal) continue;
    process.stderr.write(
      `${nameOf(one.spec)}, seed ${seed}: the definition says ${legal ? 'legal' : 'illegal'}, ` +
        `${JSON.stringify(answers)}\n${printNotation(history)}\n`,
    );
    process.exit(1);
  }
  process.stderr.write(`${nameOf(one.spec)}: ${HISTORIES} histories, no difference\n`);
  rows.push([nameOf(one.spec), HISTORIES, counts.legal, counts.illegal, counts.byZones]);
}
process.stdout.write(`${table(['specification', 'histories', 'legal', 'illegal', 'keys decided by zones'], rows)}\n`);
