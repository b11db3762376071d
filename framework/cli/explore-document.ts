/** What `explore --json` prints: the results of a campaign as plain data. */
import { relative } from 'node:path';
import { planSize } from '../plan/size.js';
import { isCaughtIn, type SavedGroup, type TargetResult } from './explore-tables.js';
import type { DocumentOf } from './json-schemas.js';

type Document = DocumentOf<'explore'>;

export function exploreDocument(
  results: readonly TargetResult[],
  end: Pick<Document, 'exitCode' | 'complete'>,
): Document {
  return { faultline: 'explore', version: 1, ...end, results: results.map(resultOf) };
}

function resultOf({
  target,
  summary,
  groups,
  divergences,
  differences,
  interrupted,
}: TargetResult): Document['results'][number] {
  const { seeds, steps, verdict, reason, runs, exercised, tally, properties } = summary;
  return {
    system: summary.system,
    mutant: summary.mutant ?? null,
    expected: target.expected,
    caught: target.expected ? isCaughtIn(target, summary) : null,
    verdict,
    reason: reason ?? null,
    interrupted,
    seeds,
    steps,
    divergences,
    differences: [...differences],
    runs,
    exercised: { ...exercised },
    tally: { ...tally },
    properties,
    findings: groups.map(findingOf),
  };
}

function findingOf({ group, path, command }: SavedGroup): Document['results'][number]['findings'][number] {
  const { signature, shape, found, count, essence } = group;
  const { shrunk, finding } = essence;
  return {
    signature,
    promise: shrunk.failure.promise,
    explanation: shrunk.failure.explanation,
    seed: found.seed,
    afterSeeds: found.afterSeeds,
    takes: [...shape],
    count,
    size: planSize(shrunk.plan),
    digest: finding.digest,
    file: relative('.', path),
    replay: command,
  };
}
