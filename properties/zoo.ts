/**
 * `npm run zoo`: how well each strategy finds each mutant. For every pair, so many searches from different seeds (`--reps`,
 * 20), each up to so many seeds (`--seeds`, 20,000): how many found it, after how many seeds and steps, in what time; and
 * what the first finding was shrunk to, beside the smallest schedule known. The table goes to `properties/zoo.md`; what was
 * measured is kept in `.faultline/zoo.json` as it comes, so that an interrupted zoo goes on where it stopped, unless the
 * sources have changed since (`--again` forgets it, too). `--mutants CH-07,PBA-07` and `--strategies swarm` choose some.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFileAtomically } from '../framework/cli/files.js';
import { loadSystems } from '../framework/cli/load-systems.js';
import { startProgress } from '../framework/cli/progress.js';
import { requireWholeNumber } from '../framework/cli/whole-number.js';
import { isStrategy, STRATEGY_NAMES, type StrategyName } from '../framework/explore/strategy.js';
import { hashString } from '../framework/kernel/hash.js';
import { Campaign, planSize, shrink, type RawFinding, type System } from '../framework/index.js';

const KEPT = '.faultline/zoo.json';
const TABLE = 'properties/zoo.md';

interface Search {
  readonly found: boolean;
  readonly seeds: number;
  readonly steps: number;
  readonly millis: number;
}

interface Measured {
  readonly searches: readonly Search[];
  /** Of the findings of these searches. */
  readonly shrunk: readonly { readonly size: number; readonly runs: number }[];
}

const { values } = parseArgs({
  options: {
    reps: { type: 'string', default: '20' },
    seeds: { type: 'string', default: '20000' },
    mutants: { type: 'string' },
    strategies: { type: 'string', default: STRATEGY_NAMES.join(',') },
    again: { type: 'boolean', default: false },
  },
});
const reps = wholeNumber('reps', values.reps);
const seedsMax = wholeNumber('seeds', values.seeds);
const systems = await loadSystems(undefined);
const all = systems.flatMap((system) => Object.keys(system.mutants).map((mutant) => ({ system, mutant })));
const wanted = values.mutants?.split(',');
for (const name of wanted ?? [])
  if (!all.some(({ mutant }) => mutant === name))
    fail(`unknown mutant '${name}'; known: ${all.map(({ mutant }) => mutant).join(', ')}`);
const strategies = values.strategies.split(',').map((name): StrategyName => {
  if (isStrategy(name)) return name;
  return fail(`unknown strategy '${name}'; known: ${STRATEGY_NAMES.join(', ')}`);
});
const targets = all.filter(({ mutant }) => wanted?.includes(mutant) !== false);

/** Of all that the figures depend on. */
const sources = hashString(
  ['framework', 'models']
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n'),
);
const keyOf = (system: System, mutant: string, strategy: StrategyName): string =>
  [sources, system.name, mutant, strategy, reps, seedsMax].join(' ');
const kept = new Map<string, Measured>(Object.entries(values.again ? {} : readKept()));
const progress = startProgress('zoo', targets.length * strategies.length);
let done = 0;
for (const { system, mutant } of targets)
  for (const strategy of strategies) {
    const key = keyOf(system, mutant, strategy);
    if (!kept.has(key)) {
      progress.update(done, `${mutant} by ${strategy}`);
      kept.set(key, await measure(system, mutant, strategy));
      writeFileAtomically(KEPT, JSON.stringify(Object.fromEntries(kept), null, 2));
    }
    progress.update(++done, `${mutant} by ${strategy}`);
  }
progress.stop();
const text = tables();
process.stdout.write(`${text}\n`);
if (wanted === undefined) writeFileAtomically(TABLE, `${heading()}\n${text}\n`);

/** Looks for `mutant` `reps` times, from seeds of its own each time, and shrinks what was found. */
async function measure(system: System, mutant: string, strategy: StrategyName): Promise<Measured> {
  const caughtBy = system.mutants[mutant]?.caughtBy;
  const findings: RawFinding[] = [];
  const searches = Array.from({ length: reps }, (_, rep): Search => {
    const campaign = new Campaign(system, { mutant, strategy });
    const began = performance.now();
    let found: RawFinding | undefined;
    for (let seed = 0; seed < seedsMax && found === undefined; seed++) {
      campaign.runSeed(`${rep}.${seed}`);
      found = campaign.summary.findings.find(({ failure }) => failure.promise === caughtBy);
    }
    if (found !== undefined) findings.push(found);
    const { seeds, steps } = campaign.summary;
    return { found: found !== undefined, seeds, steps, millis: Math.round(performance.now() - began) };
  });
  const shrunk: Measured['shrunk'][number][] = [];
  for (const { plan, failure } of findings) {
    const smallest = await shrink(system, plan, failure.signature, { mutant });
    shrunk.push({ size: planSize(smallest.plan), runs: smallest.runs });
  }
  return { searches, shrunk };
}

function tables(): string {
  const lines = [
    '| mutant | strategy | found | seeds: median | p90 | steps: median | ms: median | shrunk to: median | in runs: median | smallest known |',
    '| ------ | -------- | ----- | ------------- | --- | ------------- | ---------- | ----------------- | --------------- | -------------- |',
  ];
  const totals = new Map<
    StrategyName,
    { found: number; searches: number; seeds: number[]; runs: number[]; ratios: number[] }
  >();
  for (const { system, mutant } of targets)
    for (const strategy of strategies) {
      const measured = kept.get(keyOf(system, mutant, strategy));
      if (measured === undefined) continue;
      const { searches, shrunk } = measured;
      const smallest = system.mutants[mutant]?.smallestSchedule;
      const found = searches.filter((one) => one.found).length;
      const seeds = searches.map((one) => one.seeds);
      const sizes = shrunk.map(({ size }) => size);
      const runs = shrunk.map((one) => one.runs);
      lines.push(
        `| ${[
          mutant,
          strategy,
          `${found}/${searches.length}`,
          quantile(seeds, 0.5),
          quantile(seeds, 0.9),
          quantile(
            searches.map(({ steps }) => steps),
            0.5,
          ),
          quantile(
            searches.map(({ millis }) => millis),
            0.5,
          ),
          shrunk.length === 0 ? '–' : quantile(sizes, 0.5),
          shrunk.length === 0 ? '–' : quantile(runs, 0.5),
          smallest ?? '–',
        ].join(' | ')} |`,
      );
      const total = totals.get(strategy) ?? { found: 0, searches: 0, seeds: [], runs: [], ratios: [] };
      totals.set(strategy, total);
      total.found += found;
      total.searches += searches.length;
      total.seeds.push(quantile(seeds, 0.5));
      total.runs.push(...runs);
      if (smallest !== undefined) total.ratios.push(...sizes.map((size) => size / smallest));
    }
  lines.push('', '| strategy | found | sum of median seeds | median runs to shrink | median size to smallest known |');
  lines.push('| -------- | ----- | ------------------- | --------------------- | ----------------------------- |');
  for (const [strategy, { found, searches, seeds, runs, ratios }] of totals)
    lines.push(
      `| ${strategy} | ${found}/${searches} | ${seeds.reduce((sum, one) => sum + one, 0)} | ${quantile(runs, 0.5)} | ${quantile(ratios, 0.5).toFixed(2)} |`,
    );
  return lines.join('\n');
}

/** The nearest rank; of searches that found nothing it is what they spent. */
function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? 0;
}

function heading(): string {
  return `# The zoo: how well each strategy finds each mutant

Written by \`npm run zoo\`: ${reps} searches each, of at most ${seedsMax} seeds; times on the machine that ran it. A search that
found nothing counts with what it spent. Sizes are operations, faults, decided fates and fault points together; the smallest
known schedule is that of the bug zoo, in operations and faults alone.
`;
}

function readKept(): Record<string, Measured> {
  return existsSync(KEPT) ? (JSON.parse(readFileSync(KEPT, 'utf8')) as Record<string, Measured>) : {};
}

function wholeNumber(name: string, value: string): number {
  try {
    return requireWholeNumber(`--${name}`, Number(value), 1);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function fail(message: string): never {
  process.stderr.write(`zoo: ${message}\n`);
  process.exit(2);
}
