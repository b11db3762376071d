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
import { EXIT, type ExitCode } from './exit-codes.js';
import { writeFileAtomically } from './files.js';
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

/** What differs between two sets of digests, one sentence for each seed. */
function differences(system: string, before: Golden, now: Golden): string[] {
  const seeds = [...new Set([...Object.keys(before.seeds), ...Object.keys(now.seeds)])];
  return seeds.flatMap((seed) => {
    const [was, is] = [before.seeds[seed], now.seeds[seed]];
    if (was === undefined || is === undefined) return [`${system} ${seed}: ${was === undefined ? 'new' : 'gone'}`];
    if (was.digest === is.digest && was.plan === is.plan) return [];
    const cause = was.plan === is.plan ? 'the same plan runs differently' : 'the generator makes another plan';
    return [`${system} ${seed}: ${cause} (digest ${was.digest} → ${is.digest}, steps ${was.steps} → ${is.steps})`];
  });
}

export function golden(
  systems: readonly System[],
  options: { readonly check: boolean; readonly folder: string },
): ExitCode {
  let changed = 0;
  for (const system of systems) {
    const path = join(options.folder, `${system.name}.json`);
    const now = computeGolden(system);
    const before = readGolden(path);
    const lines =
      before === undefined ? [`${system.name}: no golden digests yet`] : differences(system.name, before, now);
    changed += lines.length;
    for (const line of lines) process.stdout.write(`${options.check ? '✗' : '↻'} ${line}\n`);
    if (!options.check && lines.length > 0) writeFileAtomically(path, `${JSON.stringify(now, null, 2)}\n`);
  }
  const seeds = `${systems.length} systems × ${GOLDEN_SEEDS} seeds, in place and through immer, on node ${process.version}`;
  if (changed === 0) process.stdout.write(`golden digests: unchanged (${seeds})\n`);
  else if (options.check)
    process.stdout.write(
      `golden digests: ${changed} changed (${seeds}); if that is meant: run golden without --check\n`,
    );
  else process.stdout.write(`golden digests: ${changed} rewritten (${seeds})\n`);
  return changed > 0 && options.check ? EXIT.findings : EXIT.clean;
}

function readGolden(path: string): Golden | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return goldenSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new UsageError(`${path} is malformed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
