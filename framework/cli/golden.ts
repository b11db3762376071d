/**
 * `faultline golden`: the digests of each system for fixed seeds. They are committed, and compared in CI and on every
 * Node version: a changed digest means that runs are no longer what they were, meant or not.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { hashValue } from '../kernel/hash.js';
import { planGenerator } from '../plan/arbitrary.js';
import { parseBy } from '../plan/parse.js';
import { simulate } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import { EXIT, type Outcome } from './exit-codes.js';
import { readFileIfAny, reasonOf, requireWritable, writeFileAtomically } from './files.js';
import { explainChange, hashOf, recordTrail, trailSchema } from './golden-trail.js';
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
type Change = Compared['changes'][number];

/** What differs between two sets of digests, seed by seed. */
function changesOf(before: Golden, now: Golden): Change[] {
  const seeds = [...new Set([...Object.keys(before.seeds), ...Object.keys(now.seeds)])];
  return seeds.flatMap((seed): Change[] => {
    const [was, is] = [before.seeds[seed], now.seeds[seed]];
    if (was?.digest === is?.digest && was?.plan === is?.plan) return [];
    const kind =
      was === undefined ? 'new' : is === undefined ? 'gone' : was.plan === is.plan ? 'another run' : 'another plan';
    return [{ seed, kind, before: was?.digest ?? null, now: is?.digest ?? null, explanation: [] }];
  });
}

const CAUSES = { 'another run': 'the same plan runs differently', 'another plan': 'the generator makes another plan' };

/** A change in a sentence. */
const inWords = ({ kind, before, now }: Change): string =>
  kind === 'new' || kind === 'gone' ? kind : `${CAUSES[kind]} (digest ${before ?? ''} → ${now ?? ''})`;

/** Of each system, the steps of so many seeds are told: they mostly have one cause. */
const EXPLAINED_MAX = 2;

/** By seed, where it leaves the recorded run; of those seeds of which most is known. */
function explanations(
  system: System,
  {
    folder,
    before,
    changed,
  }: { readonly folder: string; readonly before: Golden; readonly changed: readonly Change[] },
): ReadonlyMap<string, readonly string[]> {
  const path = trailPath(folder, system.name);
  const trail = readJson(path, trailSchema);
  if (trail === undefined) return new Map();
  if (trail.of !== hashOf(digestsIn(before)))
    return new Map(
      changed.slice(0, 1).map(({ seed }) => [seed, [`${path} is of other digests, and so tells nothing`]]),
    );
  const seeds = changed.filter(({ kind }) => kind === 'another run').map(({ seed }) => seed);
  const known = [
    ...seeds.filter((seed) => trail.steps[seed] !== undefined),
    ...seeds.filter((seed) => trail.steps[seed] === undefined),
  ];
  return new Map(known.slice(0, EXPLAINED_MAX).map((seed) => [seed, explainChange(system, seed, trail)]));
}

const digestsIn = ({ seeds }: Golden): string[] => Object.values(seeds).map(({ digest }) => digest);
const goldenPath = (folder: string, system: string): string => join(folder, `${system}.json`);
const trailPath = (folder: string, system: string): string => join(folder, 'trails', `${system}.json`);

export const keepsGolden = ({ name }: System, folder: string): boolean => existsSync(goldenPath(folder, name));

/** What is wrong with a system's digests in `folder`, in a line; undefined if they are the same. */
export function goldenProblem(system: System, folder: string): string | undefined {
  const before = readJson(goldenPath(folder, system.name), goldenSchema);
  if (before === undefined) return 'no golden digests yet';
  const changed = changesOf(before, computeGolden(system));
  const [first] = changed;
  if (first === undefined) return undefined;
  const [told] = explanations(system, { folder, before, changed });
  const [seed, lines] = told ?? [first.seed, [inWords(first)]];
  return `${changed.length} of ${Object.keys(before.seeds).length} seeds changed; ${seed} ${lines.slice(0, 2).join('; ')}`;
}

/** Compares the digests of `systems` with those in `folder`; without `check`, what changed is written there. */
export function golden(
  systems: readonly System[],
  options: { readonly check: boolean; readonly folder: string; readonly json: boolean },
): Outcome {
  const { check, folder, json } = options;
  if (!check) requireWritable([folder]);
  const progress = startProgress('golden digests', systems.length);
  const trails: string[] = [];
  const compared = systems.map((system, index): Compared => {
    progress.update(index, system.name);
    const path = goldenPath(folder, system.name);
    const now = computeGolden(system);
    const before = readJson(path, goldenSchema);
    const changed = changesOf(before ?? { ...now, seeds: {} }, now);
    const explained =
      before === undefined || changed.length === 0 ? undefined : explanations(system, { folder, before, changed });
    if (!check) {
      if (changed.length > 0) writeFileAtomically(path, `${JSON.stringify(now, null, 2)}\n`);
      const trail = keepTrail(system, folder, now);
      if (trail !== undefined) trails.push(`${system.name}: the steps of its runs are recorded in ${trail}`);
    }
    const changes = changed.map((one) => ({ ...one, explanation: [...(explained?.get(one.seed) ?? [])] }));
    return { system: system.name, isNew: before === undefined, changes };
  });
  progress.stop();
  const exitCode = check && compared.some(({ changes }) => changes.length > 0) ? EXIT.findings : EXIT.clean;
  const about = { folder, check, node: process.version, seeds: GOLDEN_SEEDS };
  if (json) printJson({ faultline: 'golden', version: 1, exitCode, ...about, systems: compared });
  else printGolden(compared, { check, trails });
  return exitCode;
}

function printGolden(
  compared: readonly Compared[],
  { check, trails }: { readonly check: boolean; readonly trails: readonly string[] },
): void {
  const lines = compared.flatMap(({ system, isNew, changes }) =>
    isNew
      ? [`${system}: no golden digests yet`]
      : changes.map((change) =>
          [`${system} ${change.seed}: ${inWords(change)}`, ...change.explanation].join('\n      '),
        ),
  );
  for (const line of [...lines, ...trails]) print(`${check ? '✗' : '↻'} ${line}\n`);
  const seeds = `${compared.length} systems × ${GOLDEN_SEEDS} seeds, in place and through immer, on node ${process.version}`;
  if (lines.length === 0) print(`golden digests: unchanged (${seeds})\n`);
  else if (check)
    print(`golden digests: ${lines.length} changed (${seeds}); if that is meant: run golden without --check\n`);
  else print(`golden digests: ${lines.length} rewritten (${seeds})\n`);
}

/** Records where runs are to be found to differ, unless that is known already. The result is the file that was written. */
function keepTrail(system: System, folder: string, now: Golden): string | undefined {
  const path = trailPath(folder, system.name);
  if (readJson(path, trailSchema)?.of === hashOf(digestsIn(now))) return undefined;
  const digests = new Map(Object.entries(now.seeds).map(([seed, { digest }]) => [seed, digest]));
  writeFileAtomically(path, `${JSON.stringify(recordTrail(system, digests), null, 1)}\n`);
  return path;
}

/** The file's contents, if there is such a file. */
function readJson<T>(path: string, schema: z.ZodType<T>): T | undefined {
  const text = readFileIfAny(path);
  if (text === undefined) return undefined;
  const refuse = (problem: string): never => {
    throw new UsageError(`${path} is malformed:${problem}\nremove it, or take it back from version control`);
  };
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    return refuse(` not JSON (cut short, perhaps): ${reasonOf(error)}`);
  }
  const parsed = parseBy(schema, data);
  return parsed.kind === 'ok' ? parsed.value : refuse(`\n  ${parsed.problems.join('\n  ')}`);
}
