/** `report.json`: reading it, with all that can be wrong with it, and the exit code that follows from it. */
import { z } from 'zod';
import { mergeVerdicts, type Verdict } from '../checkers/verdict.js';
import { parseBy } from '../plan/parse.js';
import type { CampaignReport } from '../report/campaign-report.js';
import { emptyTally } from '../world/world.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { readUserFile } from './files.js';
import { otherDocument } from './other-document.js';
import { UsageError } from './usage-error.js';

const count = z.int().nonnegative();
const site = z.strictObject({ file: z.string(), line: count }).nullable();
const verdict = z.enum(['valid', 'invalid', 'unknown']);
const runs = z.strictObject({ valid: count, invalid: count, unknown: count });
const counts = z.record(z.string(), z.number());
const tally = z.strictObject(Object.fromEntries(Object.keys(emptyTally()).map((name) => [name, count])));

const totals = z.strictObject({
  seeds: count,
  steps: count,
  runs,
  exercised: z.strictObject({ operations: count, concurrencyMax: count, faults: count, faultsOverlapped: count }),
  tally,
  properties: z.record(z.string(), z.strictObject({ runs, seen: counts })),
  undecided: count,
  unknownReasons: counts,
});

/** Merging copies them: never from outside the report's folder. */
const files = z.array(z.string().regex(/^findings\/[^/\\]+$/, 'expected findings/<name>'));

const finding = z.strictObject({
  promise: z.string(),
  signature: z.string(),
  explanation: z.string(),
  seed: z.string(),
  afterSeeds: count,
  takes: z.array(z.string()),
  size: count,
  count,
  text: z.string(),
  files,
  replay: z.string(),
  site,
});

const reportSchema = z.strictObject({
  faultline: z.literal('report'),
  version: z.literal(1),
  by: z.string(),
  settings: z.strictObject({
    systems: z.string().nullable(),
    strategy: z.string(),
    faultsMax: count.nullable(),
    verify: z.boolean(),
    from: count,
    seeds: count.nullable(),
    timeSeconds: count.nullable(),
  }),
  shards: z.strictObject({ of: count.min(1), included: z.array(count.min(1)).min(1) }),
  complete: z.boolean(),
  checks: z.array(
    z.strictObject({
      suite: z.enum(['regressions', 'golden digests']),
      name: z.string(),
      problem: z.string().nullable(),
      site,
      failure: z
        .strictObject({
          told: z.strictObject({ explanation: z.string(), text: z.string() }).nullable(),
          files,
          replay: z.string(),
        })
        .nullable(),
    }),
  ),
  targets: z.array(
    z.strictObject({
      system: z.string(),
      mutant: z.string().nullable(),
      expected: z.string().nullable(),
      claimed: z.array(z.string()),
      digests: z.string(),
      site,
      verdict,
      reason: z.string().nullable(),
      totals,
      divergences: count,
      findings: z.array(finding),
    }),
  ),
});

/** Reads the report in `path`; a `UsageError` lists everything that is wrong with it. */
export function readReport(path: string): CampaignReport {
  const text = readUserFile(path, REPORTS_ARE);
  const other = otherDocument(text, 'report');
  if (other !== undefined) throw new UsageError(`${path} is no report: ${other}; ${REPORTS_ARE}`);
  const parsed = parseBy(reportSchema, JSON.parse(text));
  // The tally's names were checked one by one.
  if (parsed.kind === 'ok') return parsed.value as unknown as CampaignReport;
  throw new UsageError(
    `${path} is no report of explore --ci or gate --ci:\n  ${parsed.problems.join('\n  ')}\n${REPORTS_ARE}`,
  );
}

const REPORTS_ARE =
  'merge takes the report.json that explore --ci and gate --ci, run by the same faultline, leave in their folder';

/** Of the whole: invalid > unknown > valid. */
export function verdictOf({ checks, targets, complete }: CampaignReport): Verdict {
  return mergeVerdicts([
    ...checks.map(({ problem }): Verdict => (problem === null ? 'valid' : 'invalid')),
    ...targets.map(({ verdict, divergences }): Verdict => (divergences > 0 ? 'invalid' : verdict)),
    ...(complete ? [] : (['unknown'] as const)),
  ]);
}

const CODES: Readonly<Record<Verdict, ExitCode>> = {
  valid: EXIT.clean,
  invalid: EXIT.findings,
  unknown: EXIT.inconclusive,
};

export const exitCodeOf = (report: CampaignReport): ExitCode => CODES[verdictOf(report)];
