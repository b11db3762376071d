/**
 * `faultline golden`: the digests of each system for fixed seeds. They are committed, and compared in CI and on every
 * Node version: a changed digest means that runs are no longer what they were, meant or not.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { hashValue } from '../kernel/hash.js';
import { planGenerator } from '../plan/arbitrary.js';
import { simulate } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import { EXIT, type Outcome } from './exit-codes.js';
import { writeFileAtomically } from './files.js';
import { printJson } from './json-output.js';
import type { DocumentOf } from './json-schemas.js';
import { startProgress } from './progress.js';
import { print } from './terminal.js';
import { UsageError } from './usage-error.js';

const GOLDEN_SEEDS = 24;

const goldenSchema = z.strictObject({
  faultline: z.literal('golden'),
  version: z.literal(1),
  system: z.string(),
  seeds: z.record(z.string(), z.strictObject({ plan: z.string(), digest: z.string(), steps: z.int() })),
});

type Golden = z.infer<typeof goldenSchema>;

/** Runs the fixed seeds of `system`. Throws if a run through immer differs from the one in place. */
export function computeGolden(system: System): Golden {
  const generate = planGenerator(system);
  const cluster = system.cluster(undefined);
  const seeds: Golden['seeds'] = {};
  for (let index = 0; index < GOLDEN_SEEDS; index++) {
    const seed = `golden-${index}`;
    const plan = generate(seed);
    const { digest, steps } = simulate(system, plan, { cluster });
    const immer = simulate(system, plan, { cluster, execution: 'immer' });
    if (immer.digest !== digest)
      throw new Error(
        `${system.name}, seed ${seed}: the run in place and the one through immer differ; see explore --verify`,
      );
    seeds[seed] = { plan: (hashValue(plan) >>> 0).toString(16).padStart(8, '0'), digest, steps };
  }
  return { faultline: 'golden', version: 1, system: system.name, seeds };
}

type Compared = DocumentOf<'golden'>['systems'][number];

/** What differs between two sets of digests, seed by seed. */
function changesOf(before: Golden, now: Golden): Compared['changes'] {
  const seeds = [...new Set([...Object.keys(before.seeds), ...Object.keys(now.seeds)])];
  return seeds.flatMap((seed) => {
    const [was, is] = [before.seeds[seed], now.seeds[seed]];
    if (was?.digest === is?.digest && was?.plan === is?.plan) return [];
    const kind =
      was === undefined ? 'new' : is === undefined ? 'gone' : was.plan === is.plan ? 'another run' : 'another plan';
    return [{ seed, kind, before: was?.digest ?? null, now: is?.digest ?? null }] as const;
  });
}

/** Compares the digests of `systems` with those in `folder`; without `check`, what changed is written there. */
export function golden(
  systems: readonly System[],
  options: { readonly check: boolean; readonly folder: string; readonly json: boolean },
): Outcome {
  const { check, folder, json } = options;
  const progress = startProgress('golden digests', systems.length);
  const compared = systems.map((system, index): Compared => {
    progress.update(index, system.name);
    const path = join(folder, `${system.name}.json`);
    const now = computeGolden(system);
    const before = readGolden(path);
    const changes = changesOf(before ?? { ...now, seeds: {} }, now);
    if (!check && changes.length > 0) writeFileAtomically(path, `${JSON.stringify(now, null, 2)}\n`);
    return { system: system.name, isNew: before === undefined, changes };
  });
  progress.stop();
  const exitCode = check && compared.some(({ changes }) => changes.length > 0) ? EXIT.findings : EXIT.clean;
  const about = { folder, check, node: process.version, seeds: GOLDEN_SEEDS };
  if (json) printJson({ faultline: 'golden', version: 1, exitCode, ...about, systems: compared });
  else printGolden(compared, check);
  return exitCode;
}

const CAUSES = { 'another run': 'the same plan runs differently', 'another plan': 'the generator makes another plan' };

function printGolden(compared: readonly Compared[], check: boolean): void {
  const lines = compared.flatMap(({ system, isNew, changes }) =>
    isNew
      ? [`${system}: no golden digests yet`]
      : changes.map(({ seed, kind, before, now }) =>
          kind === 'new' || kind === 'gone'
            ? `${system} ${seed}: ${kind}`
            : `${system} ${seed}: ${CAUSES[kind]} (digest ${before ?? ''} → ${now ?? ''})`,
        ),
  );
  for (const line of lines) print(`${check ? '✗' : '↻'} ${line}\n`);
  const seeds = `${compared.length} systems × ${GOLDEN_SEEDS} seeds, in place and through immer, on node ${process.version}`;
  if (lines.length === 0) print(`golden digests: unchanged (${seeds})\n`);
  else if (check)
    print(`golden digests: ${lines.length} changed (${seeds}); if that is meant: run golden without --check\n`);
  else print(`golden digests: ${lines.length} rewritten (${seeds})\n`);
}

function readGolden(path: string): Golden | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return goldenSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new UsageError(`${path} is malformed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
