/** What the panel of the UI shows: the properties of each system with their state, and the findings that are kept. */
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import type { TestCase, Vitest } from 'vitest/node';
import { asksForOne } from '../../cli/environment.js';
import { pageIn } from '../../cli/explorer-page.js';
import { regressionFiles } from '../../cli/regressions.js';
import { readFinding } from '../../cli/replay.js';
import { DEFAULT_STRATEGY, STRATEGY_NAMES, strategyNamed } from '../../explore/strategy.js';
import { DEFAULT_FAULTS_MAX } from '../../plan/arbitrary.js';
import { planSize } from '../../plan/size.js';
import type { PropertyMeta } from '../meta.js';
import { DEFAULT_RUNS, LIMITS } from './live-run.js';
import { hasPassedSince } from './passed-since.js';

export interface PropertyRow extends PropertyMeta {
  /** vitest's id of the test. */
  readonly id: string;
  readonly name: string;
  readonly file: string;
  readonly line: number | undefined;
  readonly state: ReturnType<TestCase['result']>['state'];
  readonly durationMillis: number | undefined;
  /** When its last run began, in milliseconds since 1970. */
  readonly startedAt: number | undefined;
}

/** A file that shows a finding. */
export interface FindingFile {
  /** By which it is asked for. */
  readonly path: string;
  /** Found by a test since vitest was started, in the folder of findings without that, or among the regressions. */
  readonly origin: 'test' | 'saved' | 'regression';
  readonly seed: string;
  readonly size: number;
  /** In milliseconds since 1970. */
  readonly writtenAt: number;
  /** When its page of the explorer was made, in milliseconds since 1970; undefined if it was not. */
  readonly pageAt: number | undefined;
  /** Whether its property has passed since: it may be fixed, and its page shows what was. */
  readonly hasPassedSince: boolean;
}

/**
 * A way to fail, with all the files that show it: those first whose property has not passed since, of them the smallest
 * plan, of equal ones the smallest seed.
 */
export interface FindingRow {
  readonly system: string;
  readonly mutant: string | null;
  readonly signature: string;
  readonly files: readonly FindingFile[];
}

/** What can be asked for, and what is if nobody does. */
const CHOICES = {
  strategies: STRATEGY_NAMES.map((name) => ({ name, title: strategyNamed(name).title })),
  defaults: { seed: 0, numRuns: DEFAULT_RUNS, faultsMax: DEFAULT_FAULTS_MAX, strategy: DEFAULT_STRATEGY },
  limits: LIMITS,
} as const;

export interface Board {
  readonly choices: typeof CHOICES;
  readonly running: boolean;
  readonly properties: readonly PropertyRow[];
  readonly findings: readonly FindingRow[];
  /** Files in the folders of findings that are none, and why. */
  readonly unreadable: readonly string[];
}

/** The folders whose findings are listed. */
export interface Folders {
  readonly findings: string;
  readonly regressions: string;
}

/** What was seen since vitest was started. */
export interface Seen {
  /** Properties as they were when last looked at, by id of their tests: a run of one property skips the others of its file. */
  readonly properties: Map<string, PropertyRow>;
  /** By path, the findings that tests told of, with how the runs were asked for that found them. */
  readonly found: Map<string, PropertyMeta['asked']>;
  /** By path of a finding, when the last run began that tried it and passed. */
  readonly passedAt: Map<string, number>;
}

export function boardOf(vitest: Vitest, folders: Folders, { running, seen }: { running: boolean; seen: Seen }): Board {
  const unreadable: string[] = [];
  const properties = look(vitest, seen);
  // Where one seed or finding is all that tests run, they try no other.
  const tried = asksForOne(process.env) ? [] : properties;
  const read = (folder: string) =>
    regressionFiles(folder).flatMap((path) => {
      const finding = readOnce(path);
      if (typeof finding === 'object') {
        const isRegression = folder === folders.regressions;
        const origin = isRegression ? 'regression' : seen.found.has(finding.path) ? 'test' : 'saved';
        const kept = { ...finding, isRegression, asked: seen.found.get(finding.path) };
        return [
          {
            ...finding,
            origin,
            pageAt: statSync(pagePath(folders, path), { throwIfNoEntry: false })?.mtimeMs,
            hasPassedSince: hasPassedSince(kept, tried, seen.passedAt),
          } as const,
        ];
      }
      unreadable.push(finding);
      return [];
    });
  const findings = groupFindings([...read(folders.findings), ...read(folders.regressions)]);
  return { choices: CHOICES, running, properties, findings, unreadable };
}

/** One row for each way in which a system fails: what tests have just found first, what has passed since last. */
export function groupFindings(files: readonly (Omit<FindingRow, 'files'> & FindingFile)[]): FindingRow[] {
  const groups = new Map<string, FindingRow & { readonly files: FindingFile[] }>();
  for (const { system, mutant, signature, ...file } of files) {
    const key = JSON.stringify([system, mutant, signature]);
    const group = groups.get(key) ?? { system, mutant, signature, files: [] };
    groups.set(key, group);
    group.files.push(file);
  }
  const rows = [...groups.values()];
  for (const row of rows)
    row.files.sort(
      (one, other) =>
        Number(one.hasPassedSince) - Number(other.hasPassedSince) ||
        one.size - other.size ||
        compareSeeds(one.seed, other.seed),
    );
  const rank = ({ files: [first], files: all }: FindingRow) =>
    first?.hasPassedSince === true ? 2 : all.some(({ origin }) => origin === 'test') ? 0 : 1;
  return rows.sort((one, other) => rank(one) - rank(other));
}

/** Seeds are texts; those that are numbers come in the order of numbers. */
const compareSeeds = (one: string, other: string): number =>
  Number(one) - Number(other) || (one < other ? -1 : one > other ? 1 : 0);

/** Where the page of the finding in `path` is. */
export const pagePath = (folders: Folders, path: string): string => pageIn(folders.findings, path);

type Read = Omit<FindingRow, 'files'> & Omit<FindingFile, 'origin' | 'pageAt' | 'hasPassedSince'>;

/** By path, size and time of its last change, what is in a file: the panel asks again and again. */
const known = new Map<string, Read | string>();

/** The finding in `path`, or why there is none. */
function readOnce(path: string): Read | string {
  const stat = statSync(path, { throwIfNoEntry: false });
  const version = `${path} ${stat?.size} ${stat?.mtimeMs}`;
  let read = known.get(version);
  if (read === undefined) {
    try {
      const { system, mutant, signature, seed, plan } = readFinding(path);
      read = {
        path: relative('.', path),
        system,
        mutant,
        signature,
        seed,
        size: planSize(plan),
        writtenAt: stat?.mtimeMs ?? Infinity,
      };
    } catch (error) {
      read = error instanceof Error ? error.message : String(error);
    }
    known.set(version, read);
  }
  return read;
}

/** The tests that check a system's property, as far as vitest knows them. */
export function propertyTests(vitest: Vitest): TestCase[] {
  return vitest.state
    .getTestModules()
    .flatMap((module) => [...module.children.allTests()])
    .filter((test) => test.meta().faultline !== undefined);
}

/** How each property stands: as its last run left it, if the one just now leaves it out or has not come to it. */
export function look(vitest: Vitest, { properties, found }: Seen): PropertyRow[] {
  const rows = propertyTests(vitest).map((test) => {
    const row = rowOf(test);
    for (const path of findingsOf(test)) found.set(path, row.asked);
    const before = properties.get(row.id);
    if (row.state === 'skipped' && before !== undefined) return before;
    if (row.state !== 'pending') properties.set(row.id, row);
    return row;
  });
  // While vitest loads a file, it knows none of its tests.
  const loading = new Set(
    vitest.state
      .getTestModules()
      .filter((module) => ['queued', 'pending'].includes(module.state()))
      .map(({ relativeModuleId }) => relativeModuleId),
  );
  const there = new Set(rows.map(({ id }) => id));
  return [...rows, ...[...properties.values()].filter(({ id, file }) => loading.has(file) && !there.has(id))];
}

/** The files that a failed test says it has left: see `failTest`. */
const findingsOf = (test: TestCase): readonly string[] =>
  test.annotations().flatMap(({ type, message }) => (type === 'plan' ? [message.replace(/^size \d+: /, '')] : []));

function rowOf(test: TestCase): PropertyRow {
  const { system, properties, ...rest } = test.meta().faultline as PropertyMeta;
  return {
    ...rest,
    system,
    properties,
    id: test.id,
    name: test.fullName,
    file: test.module.relativeModuleId,
    line: test.location?.line,
    state: test.result().state,
    durationMillis: test.diagnostic()?.duration,
    startedAt: test.diagnostic()?.startTime,
  };
}
