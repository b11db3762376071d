/** What the panel of the UI shows: the properties of each system with their state, and the findings that are kept. */
import { existsSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { TestCase, Vitest } from 'vitest/node';
import { regressionFiles } from '../../cli/regressions.js';
import { readFinding } from '../../cli/replay.js';
import { DEFAULT_STRATEGY, STRATEGY_NAMES, strategyNamed } from '../../explore/strategy.js';
import { DEFAULT_FAULTS_MAX } from '../../plan/arbitrary.js';
import { planSize } from '../../plan/size.js';
import type { PropertyMeta } from '../meta.js';
import { DEFAULT_RUNS, LIMITS } from './live-run.js';

export interface PropertyRow extends PropertyMeta {
  /** vitest's id of the test. */
  readonly id: string;
  readonly name: string;
  readonly file: string;
  readonly line: number | undefined;
  readonly state: ReturnType<TestCase['result']>['state'];
  readonly durationMillis: number | undefined;
}

/** A file that shows a finding. */
export interface FindingFile {
  /** By which it is asked for. */
  readonly path: string;
  /** Found by a test since vitest was started, in the folder of findings without that, or among the regressions. */
  readonly origin: 'test' | 'saved' | 'regression';
  readonly seed: string;
  readonly size: number;
  /** Whether its page of the explorer has been made. */
  readonly hasPage: boolean;
}

/** A way to fail, with all the files that show it: the smallest plan first, of equal ones the smallest seed. */
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
  /** The files of findings that tests told of. */
  readonly found: Set<string>;
}

export function boardOf(vitest: Vitest, folders: Folders, { running, seen }: { running: boolean; seen: Seen }): Board {
  const unreadable: string[] = [];
  const properties = look(vitest, seen);
  const read = (folder: string) =>
    regressionFiles(folder).flatMap((path) => {
      const finding = readOnce(path);
      if (typeof finding === 'object') {
        const isFound = seen.found.has(finding.path);
        const origin = folder === folders.regressions ? 'regression' : isFound ? 'test' : 'saved';
        return [{ ...finding, origin, hasPage: existsSync(pagePath(folders, path)) } as const];
      }
      unreadable.push(finding);
      return [];
    });
  const findings = groupFindings([...read(folders.findings), ...read(folders.regressions)]);
  return { choices: CHOICES, running, properties, findings, unreadable };
}

/** One row for each way in which a system fails, what tests have just found first. */
export function groupFindings(files: readonly (Omit<FindingRow, 'files'> & FindingFile)[]): FindingRow[] {
  const groups = new Map<string, FindingRow & { readonly files: FindingFile[] }>();
  for (const { system, mutant, signature, ...file } of files) {
    const key = JSON.stringify([system, mutant, signature]);
    const group = groups.get(key) ?? { system, mutant, signature, files: [] };
    groups.set(key, group);
    group.files.push(file);
  }
  const rows = [...groups.values()];
  for (const row of rows) row.files.sort((one, other) => one.size - other.size || compareSeeds(one.seed, other.seed));
  const isNew = (row: FindingRow) => row.files.some(({ origin }) => origin === 'test');
  return [...rows.filter(isNew), ...rows.filter((row) => !isNew(row))];
}

/** Seeds are texts; those that are numbers come in the order of numbers. */
const compareSeeds = (one: string, other: string): number =>
  Number(one) - Number(other) || (one < other ? -1 : one > other ? 1 : 0);

/** Where the page of the finding in `path` is: pages of regressions are kept with those of findings, not among the sources. */
export const pagePath = (folders: Folders, path: string): string =>
  join(folders.findings, `${basename(path, '.json')}.html`);

type Read = Omit<FindingRow, 'files'> & Omit<FindingFile, 'origin' | 'hasPage'>;

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
      read = { path: relative('.', path), system, mutant, signature, seed, size: planSize(plan) };
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
    for (const path of findingsOf(test)) found.add(path);
    const row = rowOf(test);
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
  };
}
