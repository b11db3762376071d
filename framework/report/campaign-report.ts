/**
 * What a campaign established, as plain data: the files that CI reads are made of it, and shards are put together from it.
 * Paths are relative to the folder of the report, with `/`; places in sources are relative to the repository's root.
 */
import type { Verdict } from '../checkers/verdict.js';
import type { Totals } from '../explore/totals.js';
import { cut, describeFound } from './describe.js';

export interface SourceSite {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

export interface CampaignReport {
  readonly faultline: 'report';
  readonly version: 1;
  /** The version of faultline that ran it. */
  readonly by: string;
  readonly settings: ReportSettings;
  /** The parts that are in here, numbered from 1, and of how many. */
  readonly shards: { readonly of: number; readonly included: readonly number[] };
  /** False: it was interrupted before it was through. */
  readonly complete: boolean;
  /** What a gate looked at before any new seed. */
  readonly checks: readonly CheckReport[];
  readonly targets: readonly TargetReport[];
}

/** How the whole was asked for, all shards together. */
export interface ReportSettings {
  /** The module that exports the systems; null: the bundled models. */
  readonly systems: string | null;
  readonly strategy: string;
  readonly faultsMax: number | null;
  readonly verify: boolean;
  readonly from: number;
  /** null: as many as the time allows. */
  readonly seeds: number | null;
  readonly timeSeconds: number | null;
}

/** A kept finding that was run again, or a system's golden digests. */
export interface CheckReport {
  readonly suite: 'regressions' | 'golden digests';
  readonly name: string;
  /** What is wrong, in one line; null if nothing is. */
  readonly problem: string | null;
  readonly site: SourceSite | null;
  /** How a kept finding can be seen to fail; null if it passed, could not be read, or is none. */
  readonly failure: KeptFailure | null;
}

export interface KeptFailure {
  /** What happened, and the report that a person reads, with the diagram; null if no promise of a correct system is broken. */
  readonly told: Pick<FindingReport, 'explanation' | 'text'> | null;
  /** As a new finding's. */
  readonly files: readonly string[];
  readonly replay: string;
}

/** One system, or one mutant of it. */
export interface TargetReport {
  readonly system: string;
  readonly mutant: string | null;
  /** The promise by which a mutant is to be caught, if it is here to be; null: whatever is found is a finding. */
  readonly expected: string | null;
  /** The faults that it claims to tolerate: each must have happened. */
  readonly claimed: readonly string[];
  /** Digests of a few runs: other ones are of another program. */
  readonly digests: string;
  readonly site: SourceSite | null;
  /** Of a mutant that is here to be caught: valid if it was, else unknown. */
  readonly verdict: Verdict;
  /** Why the verdict is unknown, if it is. */
  readonly reason: string | null;
  readonly totals: Readonly<Totals>;
  /** How many seeds were not repeated by the same steps. */
  readonly divergences: number;
  readonly findings: readonly FindingReport[];
}

export interface FindingReport {
  readonly promise: string;
  readonly signature: string;
  readonly explanation: string;
  readonly seed: string;
  /** How many seeds had been run when it was found, itself included. */
  readonly afterSeeds: number;
  /** What its plan takes: kinds of fault, `messages`, `fault points`. */
  readonly takes: readonly string[];
  /** Of its smallest plan. */
  readonly size: number;
  /** How many findings were shrunk to it. */
  readonly count: number;
  /** The report that a person reads, with the diagram. */
  readonly text: string;
  /** The finding itself comes first, then its pictures. */
  readonly files: readonly string[];
  readonly replay: string;
  readonly site: SourceSite | null;
}

/** `chain`, or `chain · CH-07`. */
export const labelOf = ({ system, mutant }: Pick<TargetReport, 'system' | 'mutant'>): string =>
  mutant === null ? system : `${system} · ${mutant}`;

/** How a target came out, in a few words. */
export function outcomeOf({ expected, verdict, divergences, findings }: TargetReport): string {
  if (divergences > 0) return 'not deterministic';
  if (expected === null) return verdict;
  if (verdict === 'valid') return 'caught';
  return findings.length > 0 ? 'caught by another promise' : 'not caught';
}

/** What is wrong with it: the reason in one line, then what happened, if that can be told. */
export function linesOfCheck({ problem, failure }: CheckReport): string[] {
  const told = failure?.told?.explanation;
  return [problem, told].filter((line) => typeof line === 'string');
}

/** The targets as a table: headings and rows. */
export function targetRows({ targets }: CampaignReport): {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
} {
  const headings = ['system', 'mutant', 'seeds', 'steps', 'verdict', 'first finding', 'size'];
  const rows = targets.map((target) => {
    const { totals, findings } = target;
    const [first] = findings;
    return [
      ...[target.system, target.mutant ?? '–', totals.seeds, totals.steps, outcomeOf(target)],
      first === undefined ? '–' : `${describeFound(first)}: ${cut(first.promise, 60)}`,
      first?.size ?? '–',
    ];
  });
  return { headings, rows };
}

/** What is wrong with the whole, one line each; empty if nothing is. */
export function problemsOfReport({ checks, targets, complete }: CampaignReport): string[] {
  return [
    ...checks.flatMap(({ suite, name, problem }) => (problem === null ? [] : [`${suite}: ${name}: ${problem}`])),
    ...targets.flatMap((target) => {
      const { expected, findings, divergences, reason } = target;
      const label = labelOf(target);
      return [
        ...(divergences > 0 ? [`${label}: ${divergences} seeds were not repeated by the same steps`] : []),
        ...(expected === null ? findings : []).map(
          (finding) => `${label}: '${finding.signature}' in ${describeFound(finding)}`,
        ),
        ...(reason === null ? [] : [`${label} is inconclusive: ${reason}`]),
      ];
    }),
    ...(complete ? [] : ['the campaign was interrupted']),
  ];
}
