/**
 * `npm run mutation [part …]`: plants small mistakes in the checkers one by one (stryker) and tells which of them the tests
 * catch. Part by part, each kept in .faultline/mutation when it is done, so that an interrupted run goes on behind the
 * last whole part and repeats only what has changed. Survivors that are accepted are in `accepted.ts`, with the reason; the others are
 * listed. Fewer than 85 % caught end the run with exit code 1.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import { table } from '../../framework/cli/table.js';
import { accepted } from './accepted.js';

interface Part {
  readonly mutate: readonly string[];
  readonly tests: readonly string[];
  /** The share of random cases that is tried: each test runs once for each mutant that it covers. */
  readonly effort: number;
}

const PARTS: Readonly<Record<string, Part>> = {
  linearizability: {
    mutate: [
      'linearizability.ts',
      ...['configuration-set', 'decision', 'frontier-search', 'groups', 'problem', 'state-table', 'unique-writes'].map(
        (file) => `linearizability/${file}.ts`,
      ),
      'linearizability/usage-table.ts',
    ],
    tests: ['checker-agreement', 'linearizability'],
    effort: 0.04,
  },
  explanations: {
    mutate: ['explanation', 'partial-orders', 'wording'].map((file) => `linearizability/${file}.ts`),
    tests: ['linearizability', 'linearization-svg'],
    effort: 0.04,
  },
  consistency: {
    mutate: ['consistency.ts', 'consistency/*.ts', 'sequential-consistency.ts', 'sequential/*.ts'],
    tests: ['consistency', 'sequential-consistency'],
    effort: 0.1,
  },
  isolation: {
    mutate: ['isolation.ts', 'isolation/*.ts', 'dependency-graph.ts'],
    tests: ['isolation', 'dependency-graph'],
    effort: 0.25,
  },
  staleness: { mutate: ['staleness.ts', 'k-atomicity.ts'], tests: ['staleness'], effort: 0.3 },
  others: {
    mutate: [
      'change-events.ts',
      'convergence.ts',
      'delivery.ts',
      'difference.ts',
      'durability.ts',
      'equal.ts',
      'gapless.ts',
      'prefix.ts',
      'strong-eventual-consistency.ts',
      'verdict.ts',
      'write-fates.ts',
    ],
    tests: ['change-events', 'checkers', 'delivery'],
    effort: 1,
  },
};

const FOLDER = '.faultline/mutation';
const CAUGHT_PERCENT_MIN = 85;

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  process.stderr.write(`npm run mutation knows ${Object.keys(PARTS).join(', ')}; not ${unknown.join(', ')}\n`);
  process.exit(2);
}
mkdirSync(FOLDER, { recursive: true });

const CAUGHT: readonly string[] = ['Killed', 'Timeout', 'RuntimeError'];
const counts = new Map<string, { caught: number; accepted: number; survived: number }>();
const survivors: string[] = [];

for (const name of asked.length > 0 ? asked : Object.keys(PARTS)) {
  const part = PARTS[name];
  if (part === undefined) continue;
  process.env['EFFORT'] = String(part.effort);
  process.env['MUTATION_TESTS'] = part.tests.join(',');
  process.stderr.write(`${name} …\n`);
  // As they are now: they may be edited while the mutants run in a copy.
  const sources = new Map(
    readdirSync('framework/checkers', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join('framework/checkers', file))
      .map((file) => [resolve(file), readFileSync(file, 'utf8').split('\n')]),
  );
  const results = await new Stryker({
    mutate: part.mutate.map((file) => `framework/checkers/${file}`),
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'properties/mutation/vitest.config.ts' },
    coverageAnalysis: 'perTest',
    concurrency: 2,
    timeoutMS: 4_000,
    incremental: true,
    incrementalFile: `${FOLDER}/${name}.json`,
    tempDirName: `${FOLDER}/sandbox`,
    reporters: ['progress-append-only'],
    // What runs once when a module is loaded cannot be switched from mutant to mutant.
    ignoreStatic: true,
    disableTypeChecks: true,
    allowConsoleColors: false,
  }).runMutationTest();
  for (const { fileName, location, mutatorName, replacement = '', status } of results) {
    const file = relative(process.cwd(), fileName);
    const count = counts.get(file) ?? { caught: 0, accepted: 0, survived: 0 };
    counts.set(file, count);
    if (CAUGHT.includes(status)) count.caught++;
    else if (status === 'Survived' || status === 'NoCoverage') {
      const line = sources.get(fileName)?.[location.start.line - 1]?.trim() ?? '';
      const isAccepted = accepted.some(
        (one) =>
          one.file?.test(file) !== false &&
          one.line.test(line) &&
          one.mutators.includes(mutatorName) &&
          one.replacement?.test(replacement) !== false,
      );
      if (isAccepted) count.accepted++;
      else {
        count.survived++;
        survivors.push(
          `${file}:${location.start.line}:${location.start.column} ${mutatorName} → ${oneLine(replacement)}\n    ${line}`,
        );
      }
    }
  }
}
rmSync(`${FOLDER}/sandbox`, { recursive: true, force: true });

const total = { caught: 0, accepted: 0, survived: 0 };
const rows = [...counts].map(([file, { caught, accepted: allowed, survived }]) => {
  total.caught += caught;
  total.accepted += allowed;
  total.survived += survived;
  return [file, caught, allowed, survived, percent(caught, allowed + survived)];
});
rows.push([
  'all',
  total.caught,
  total.accepted,
  total.survived,
  percent(total.caught, total.accepted + total.survived),
]);
for (const survivor of survivors) process.stdout.write(`${survivor}\n`);
process.stdout.write(`${table(['checker', 'caught', 'accepted', 'survived', 'caught %'], rows)}\n`);
const caughtPercent = (100 * total.caught) / (total.caught + total.accepted + total.survived);
process.exitCode = caughtPercent < CAUGHT_PERCENT_MIN ? 1 : 0;

function percent(caught: number, others: number): string {
  return caught + others === 0 ? '–' : ((100 * caught) / (caught + others)).toFixed(1);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 80);
}
