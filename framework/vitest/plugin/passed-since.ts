/**
 * Whether the property that a finding is of has passed since the finding was kept. Known is only what later runs showed
 * that tried it again: as a regression, or because they had its seed and made plans in the same way.
 */
import { DEFAULT_STRATEGY, strategyNamed } from '../../explore/strategy.js';
import { DEFAULT_FAULTS_MAX } from '../../plan/arbitrary.js';
import type { PropertyMeta } from '../meta.js';
import type { PropertyRow } from './board.js';

type Asked = PropertyMeta['asked'];

/** A finding as its file has it. */
export interface Kept {
  readonly path: string;
  readonly system: string;
  readonly mutant: string | null;
  readonly signature: string;
  readonly seed: string;
  readonly isRegression: boolean;
  /** When the file was written, in milliseconds since 1970. */
  readonly writtenAt: number;
  /** How the run was asked for that found it, if a test has told. */
  readonly asked: Asked;
}

/**
 * Whether `kept` has passed since, by `rows` and by what earlier calls saw: `passedAt` keeps when the last run began in
 * which it did, by path. A later failure of the property counts against all findings of it.
 */
export function hasPassedSince(kept: Kept, rows: readonly PropertyRow[], passedAt: Map<string, number>): boolean {
  const own = rows.filter((row) => isOf(kept, row));
  if (own.some(({ state }) => state === 'failed')) passedAt.delete(kept.path);
  else
    for (const row of own)
      if (row.state === 'passed' && hasTried(kept, row)) passedAt.set(kept.path, row.startedAt ?? -Infinity);
  return (passedAt.get(kept.path) ?? -Infinity) > kept.writtenAt;
}

const isOf = ({ system, mutant, signature }: Kept, row: PropertyRow): boolean =>
  row.system === system &&
  (row.mutant ?? null) === mutant &&
  row.properties.some((property) => signature.startsWith(`${property}: `));

/** Whether the last run of `row` tried the finding. */
function hasTried(kept: Kept, { asked, seeds = 0 }: PropertyRow): boolean {
  // Of a mutant's regression, a test that passes shows that it still fails.
  if (kept.isRegression) return kept.mutant === null && seeds > 0;
  const seed = Number(kept.seed);
  if (asked === undefined || !(seed >= asked.seed && seed < asked.seed + seeds)) return false;
  const [here, there] = [waysOf(asked), waysOf(kept.asked)];
  return (
    here.strategy === there.strategy &&
    here.faultsMax === there.faultsMax &&
    // Other plans depend on the runs before, which may have changed.
    strategyNamed(here.strategy).memoryless
  );
}

/** How plans are made, by default unless something else is known. */
const waysOf = (asked: Asked) => ({
  strategy: asked?.strategy ?? DEFAULT_STRATEGY,
  faultsMax: asked?.faultsMax ?? DEFAULT_FAULTS_MAX,
});
