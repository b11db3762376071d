/**
 * `faultline merge`: the reports of all shards put together into that of the whole campaign. What was exercised is added up
 * before it is judged: a shard of few seeds may prove little where all of them together prove enough.
 */
import { copyFileSync, existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isWithin } from '../explore/finding-groups.js';
import { addTotals, doubtOf, noTotals } from '../explore/totals.js';
import { problemsOfReport, targetRows, labelOf } from '../report/campaign-report.js';
import type { CampaignReport, FindingReport, TargetReport } from '../report/campaign-report.js';
import { judged, prepareCiFolder, writeCiFolder } from './ci-report.js';
import { replayCommand } from './command-line.js';
import type { ExitCode } from './exit-codes.js';
import { makeFolder } from './files.js';
import { exitCodeOf, readReport, verdictOf } from './report-file.js';
import { table } from './table.js';
import { print, printColumns } from './terminal.js';
import { UsageError, WrongCall } from './usage-error.js';

/** A report and the file that it was read from. */
interface Part {
  readonly path: string;
  readonly report: CampaignReport;
}

export function merge(paths: readonly string[], options: { readonly folder: string | undefined }): ExitCode {
  if (paths.length === 0) throw new WrongCall('merge takes the report.json of each shard');
  const parts = paths.map((path): Part => ({ path, report: readReport(path) }));
  const merged = mergeReports(parts);
  const { folder } = options;
  const { headings, rows } = targetRows(merged);
  print(`${table(headings, rows, printColumns())}\n`);
  for (const problem of problemsOfReport(merged)) print(`${problem}\n`);
  if (folder !== undefined) writeCiFolder(withFiles(merged, parts, folder), { folder, annotate: false });
  const { of } = merged.shards;
  print(`merged ${of} ${of === 1 ? 'shard' : 'shards'}: ${verdictOf(merged)}\n`);
  return exitCodeOf(merged);
}

/** Throws a `UsageError` unless the parts are all of one campaign, each once. */
export function mergeReports(parts: readonly Part[]): CampaignReport {
  const ordered = [...parts].sort((one, other) => first(one) - first(other));
  const [head] = ordered;
  if (head === undefined) throw new UsageError('there is no report to merge');
  for (const part of ordered) requireSameCampaign(head, part);
  requireEachOnce(ordered);
  const reports = ordered.map(({ report }) => report);
  const { of } = head.report.shards;
  return {
    ...head.report,
    shards: { of, included: Array.from({ length: of }, (_, index) => index + 1) },
    complete: reports.every(({ complete }) => complete),
    checks: reports.flatMap(({ checks }) => checks),
    targets: mergeTargets(reports),
  };
}

const first = ({ report }: Part): number => Math.min(...report.shards.included);

function requireSameCampaign({ path, report }: Part, other: Part): void {
  const refuse = (what: string, one: unknown, another: unknown): never => {
    const [was, is] = [JSON.stringify(one), JSON.stringify(another)];
    throw new UsageError(
      `${path} and ${other.path} are not of one campaign: ${what} is ${was} in the one and ${is} in the other`,
    );
  };
  if (report.by !== other.report.by) refuse('the version of faultline', report.by, other.report.by);
  if (report.shards.of !== other.report.shards.of)
    refuse('the number of shards', report.shards.of, other.report.shards.of);
  for (const [name, value] of Object.entries(report.settings)) {
    const there: unknown = Reflect.get(other.report.settings, name);
    if (there !== value) refuse(`the setting '${name}'`, value, there);
  }
  const known = new Map(report.targets.map((target) => [labelOf(target), target]));
  for (const target of other.report.targets) {
    const here = known.get(labelOf(target));
    if (here !== undefined && here.digests !== target.digests)
      refuse(`the program of ${labelOf(target)} (told by the digests of a few runs)`, here.digests, target.digests);
  }
  const [mine, theirs] = [report, other.report].map(({ targets }) => targets.map(labelOf).join(', '));
  if (cameToAll(report) && cameToAll(other.report) && mine !== theirs) refuse('the list of systems', mine, theirs);
}

/** A shard that was interrupted has not come to all systems, and a gate that refused what is kept to none. */
const cameToAll = ({ complete, checks }: CampaignReport): boolean =>
  complete && checks.every(({ problem }) => problem === null);

function requireEachOnce(parts: readonly Part[]): void {
  const [head] = parts;
  const of = head?.report.shards.of ?? 0;
  const from = new Map<number, string>();
  for (const { path, report } of parts)
    for (const index of report.shards.included) {
      const before = from.get(index);
      if (before !== undefined)
        throw new UsageError(`shard ${index} of ${of} is there twice: in ${before} and in ${path}`);
      if (index > of) throw new UsageError(`${path} says that it is shard ${index} of ${of}`);
      from.set(index, path);
    }
  const missing = Array.from({ length: of }, (_, index) => index + 1).filter((index) => !from.has(index));
  if (missing.length > 0)
    throw new UsageError(
      `${missing.length === 1 ? 'shard' : 'shards'} ${missing.join(', ')} of ${of} ${missing.length === 1 ? 'is' : 'are'} ` +
        `missing: give the report.json of every shard; a shard without one did not end`,
    );
}

function mergeTargets(reports: readonly CampaignReport[]): TargetReport[] {
  const labels = [...new Set(reports.flatMap(({ targets }) => targets.map(labelOf)))];
  return labels.map((label) =>
    mergeTarget(reports.flatMap(({ targets }) => targets.find((target) => labelOf(target) === label) ?? [])),
  );
}

function mergeTarget(parts: readonly TargetReport[]): TargetReport {
  const [head] = parts;
  if (head === undefined) throw new UsageError('a target is in no report');
  const totals = noTotals();
  let findings: readonly FindingReport[] = [];
  for (const part of parts) {
    const before = totals.seeds;
    for (const one of part.findings) findings = withFinding(findings, { ...one, afterSeeds: before + one.afterSeeds });
    addTotals(totals, part.totals);
  }
  // One that was interrupted may have found what it had not shrunk yet.
  const isBroken = totals.runs.invalid > 0;
  const doubt = isBroken ? undefined : doubtOf(head.claimed, totals);
  const verdict = isBroken ? 'invalid' : doubt === undefined ? 'valid' : 'unknown';
  const caught = parts.some((part) => part.verdict === 'valid');
  return {
    ...head,
    ...judged(head.expected, { caught, verdict, reason: doubt }),
    totals,
    divergences: parts.reduce((sum, { divergences }) => sum + divergences, 0),
    findings,
  };
}

/** As within a campaign: of those that break the same promise and take the same, the smallest stands for all. */
function withFinding(known: readonly FindingReport[], added: FindingReport): FindingReport[] {
  const isSame = (one: FindingReport) =>
    one.signature === added.signature && (isWithin(one.takes, added.takes) || isWithin(added.takes, one.takes));
  const same = known.filter(isSame);
  const [earliest = added] = same;
  const smallest = [...same, added].reduce((best, one) => (one.size < best.size ? one : best));
  const count = same.reduce((sum, one) => sum + one.count, added.count);
  const together = { ...smallest, count, afterSeeds: earliest.afterSeeds, seed: earliest.seed };
  const place = same[0] === undefined ? known.length : known.indexOf(same[0]);
  return known.toSpliced(place, 0, together).filter((one) => !same.includes(one));
}

/** The report with its findings' files copied from the shards' folders into `folder`. */
function withFiles(merged: CampaignReport, parts: readonly Part[], folder: string): CampaignReport {
  const sources = new Map(
    parts.flatMap(({ path, report }) => filesOf(report).map((file) => [file, join(dirname(path), file)] as const)),
  );
  for (const { path } of parts)
    if (resolve(dirname(path)) === resolve(folder))
      throw new UsageError(`--ci ${folder} has a shard's own report in it; name another folder for the whole`);
  prepareCiFolder(
    folder,
    parts.map(({ path }) => dirname(path)),
  );
  makeFolder(join(folder, 'findings'));
  const filesCopied = (files: readonly string[]) =>
    files.filter((file) => copyIfAny(sources.get(file), join(folder, file)));
  const copied = (finding: FindingReport): FindingReport => {
    const files = filesCopied(finding.files);
    const [data = finding.files[0] ?? ''] = files;
    return { ...finding, files, replay: replayCommand(join(folder, data), merged.settings.systems ?? undefined) };
  };
  return {
    ...merged,
    checks: merged.checks.map((check) => {
      const { failure } = check;
      return failure === null ? check : { ...check, failure: { ...failure, files: filesCopied(failure.files) } };
    }),
    targets: merged.targets.map((target) => ({ ...target, findings: target.findings.map(copied) })),
  };
}

const filesOf = ({ checks, targets }: CampaignReport): string[] => [
  ...checks.flatMap(({ failure }) => failure?.files ?? []),
  ...targets.flatMap(({ findings }) => findings.flatMap(({ files }) => files)),
];

function copyIfAny(source: string | undefined, target: string): boolean {
  if (source === undefined || !existsSync(source)) {
    print(`${basename(target)} is not beside its report, and so is not copied\n`);
    return false;
  }
  copyFileSync(source, target);
  return true;
}
