/**
 * `--ci <folder>`: all that a CI job keeps of a campaign, in one folder: report.json (for `faultline merge`), junit.xml,
 * summary.md, and in findings/ each finding with its report and its pictures. In GitHub Actions the findings are annotations
 * too, and the summary is the job's.
 */
import { appendFileSync, copyFileSync, existsSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { claimedFaults } from '../explore/totals.js';
import { planSize } from '../plan/size.js';
import { annotationsOf, workflowCommand } from '../report/workflow-command.js';
import type {
  CampaignReport,
  CheckReport,
  FindingReport,
  ReportSettings,
  TargetReport,
} from '../report/campaign-report.js';
import { failureReport } from '../report/failure-report.js';
import { jobSummary } from '../report/job-summary.js';
import { junitXml } from '../report/junit.js';
import { replayCommand } from './command-line.js';
import { declarationSites, type FindSite } from './declaration-site.js';
import { isCaught, type SavedGroup, type TargetResult } from './explore-tables.js';
import { makeFolder, requireWritable, writeFileAtomically } from './files.js';
import { digestsOf } from './ledger.js';
import { verdictOf } from './report-file.js';
import type { Shard } from './shard.js';
import { print } from './terminal.js';
import { UsageError } from './usage-error.js';
import { VERSION } from './version.js';

export interface CiOptions {
  readonly folder: string;
  readonly shard: Shard;
  readonly settings: ReportSettings;
}

const FINDINGS = 'findings';
/** What there may be of a finding, by the end of its file's name. The first is the finding itself. */
const PARTS = ['.json', '.svg', '.html'] as const;
const TEXT = '.txt';

/**
 * Removes from the folder what an earlier campaign wrote. Throws a `UsageError` if that would take `others` with it, or if
 * the folder or one of those `needed` cannot be written to.
 */
export function prepareCiFolder(folder: string, others: readonly string[], needed: readonly string[] = []): void {
  const cleared = `${resolve(folder, FINDINGS)}${sep}`;
  const lost = others.find((other) => `${resolve(other)}${sep}`.startsWith(cleared));
  if (lost !== undefined)
    throw new UsageError(`--ci ${folder} would clear ${lost}, which is needed; name another folder for CI's files`);
  requireWritable([...needed, folder]);
  for (const one of ['report.json', 'junit.xml', 'summary.md', FINDINGS])
    rmSync(join(folder, one), { recursive: true, force: true });
}

/** What the campaign came to, with the finding's files copied into the folder. */
export function makeReport(
  results: readonly TargetResult[],
  { complete, checks }: { readonly complete: boolean; readonly checks: readonly CheckReport[] },
  options: CiOptions,
): CampaignReport {
  const siteOf = declarationSites(options.settings.systems ?? undefined);
  return {
    faultline: 'report',
    version: 1,
    by: VERSION,
    settings: options.settings,
    shards: { of: options.shard.of, included: [options.shard.index] },
    complete,
    checks,
    targets: results.map((result) => targetReport(result, siteOf, options)),
  };
}

function targetReport(result: TargetResult, siteOf: FindSite, options: CiOptions): TargetReport {
  const { target, summary, totals, divergences, groups } = result;
  const { system, mutant, expected } = target;
  const caughtBy = mutant === undefined ? undefined : system.mutants[mutant]?.caughtBy;
  const about = {
    system: system.name,
    mutant: mutant ?? null,
    expected: expected ? (caughtBy ?? null) : null,
    claimed: claimedFaults(system),
    digests: digestsOf(system, mutant),
    site: siteOf(system.name, undefined),
  };
  const caught = summary.findings.some((found) => isCaught(target, found));
  return {
    ...about,
    ...judged(about.expected, { caught, verdict: summary.verdict, reason: summary.reason }),
    totals,
    divergences,
    findings: groups.map((group) => findingReport(group, siteOf, options)),
  };
}

/** A mutant that is here to be caught has shown what it is here for, or nothing is known. */
export function judged(
  expected: string | null,
  found: { readonly caught: boolean; readonly verdict: TargetReport['verdict']; readonly reason: string | undefined },
): Pick<TargetReport, 'verdict' | 'reason'> {
  if (expected === null) return { verdict: found.verdict, reason: found.reason ?? null };
  if (found.caught) return { verdict: 'valid', reason: null };
  return { verdict: 'unknown', reason: `the mutant did not break '${expected}'; run more seeds` };
}

function findingReport({ group, path }: SavedGroup, siteOf: FindSite, options: CiOptions): FindingReport {
  const { signature, shape, found, count, essence } = group;
  const { finding, run, shrunk } = essence;
  const { folder, settings } = options;
  const { promise, explanation } = shrunk.failure;
  const size = planSize(shrunk.plan);
  const text = failureReport({
    ...finding,
    run,
    failure: shrunk.failure,
    shrunkFrom: { plan: found.plan, size, runs: shrunk.runs, runsMax: shrunk.runsMax },
  });
  const files = keepInFolder(folder, { sources: PARTS.map((part) => `${withoutPart(path)}${part}`), text });
  return {
    ...{ promise, signature, explanation, seed: found.seed, afterSeeds: found.afterSeeds },
    ...{ takes: shape, size, count, text, files },
    replay: replayCommand(join(folder, files[0] ?? ''), settings.systems ?? undefined),
    site: siteOf(finding.system, promise),
  };
}

const withoutPart = (path: string): string => join(dirname(path), basename(path, PARTS[0]));

/**
 * Copies those of a finding's files that there are, the finding itself first, and writes its report beside them, if it has
 * one. The result is relative to the folder.
 */
export function keepInFolder(
  folder: string,
  { sources, text }: { readonly sources: readonly string[]; readonly text: string | undefined },
): string[] {
  makeFolder(join(folder, FINDINGS));
  const copies = sources.filter(existsSync).map((source) => {
    const copy = `${FINDINGS}/${basename(source)}`;
    copyFileSync(source, join(folder, copy));
    return copy;
  });
  const [finding] = sources;
  if (text === undefined || finding === undefined) return copies;
  const file = `${FINDINGS}/${basename(finding, PARTS[0])}${TEXT}`;
  writeFileAtomically(join(folder, file), `${text}\n`);
  return [...copies, file];
}

/** Writes the report in all its forms, and tells GitHub if it listens. `annotate`: unless somebody has done so already. */
export function writeCiFolder(
  report: CampaignReport,
  {
    folder,
    annotate,
    tell = print,
  }: { readonly folder: string; readonly annotate: boolean; readonly tell?: typeof print },
): void {
  const summary = jobSummary(report, verdictOf(report));
  writeFileAtomically(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileAtomically(join(folder, 'junit.xml'), junitXml(report));
  writeFileAtomically(join(folder, 'summary.md'), summary);
  const { GITHUB_ACTIONS, GITHUB_STEP_SUMMARY } = process.env;
  if (annotate && GITHUB_ACTIONS === 'true')
    for (const one of annotationsOf(report)) process.stdout.write(`${workflowCommand(one)}\n`);
  if (GITHUB_STEP_SUMMARY !== undefined && GITHUB_STEP_SUMMARY !== '') appendFileSync(GITHUB_STEP_SUMMARY, summary);
  tell(`written to ${folder}: report.json, junit.xml, summary.md${countFindings(report)}\n`);
}

function countFindings({ checks, targets }: CampaignReport): string {
  const kept = checks.filter(({ failure }) => failure !== null).length;
  const count = targets.reduce((sum, { findings }) => sum + findings.length, kept);
  return count === 0 ? '' : `, ${FINDINGS}/ (${count})`;
}
