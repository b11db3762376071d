/** What the panel of the UI shows: the properties of each system with their state, and the findings that are kept. */
import { relative } from 'node:path';
import type { TestCase, Vitest } from 'vitest/node';
import { regressionFiles } from '../../cli/regressions.js';
import { readFinding } from '../../cli/replay.js';
import { planSize } from '../../plan/size.js';
import type { PropertyMeta } from '../meta.js';

export interface PropertyRow extends PropertyMeta {
  /** vitest's id of the test. */
  readonly id: string;
  readonly name: string;
  readonly file: string;
  readonly line: number | undefined;
  readonly state: ReturnType<TestCase['result']>['state'];
  readonly durationMillis: number | undefined;
}

export interface FindingRow {
  /** The file, by which it is asked for. */
  readonly path: string;
  readonly kind: 'found' | 'regression';
  readonly system: string;
  readonly mutant: string | null;
  readonly signature: string;
  readonly seed: string;
  readonly size: number;
}

export interface Board {
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

export function boardOf(vitest: Vitest, folders: Folders, running: boolean): Board {
  const properties = propertyTests(vitest).map(rowOf);
  const unreadable: string[] = [];
  const read = (folder: string, kind: FindingRow['kind']) =>
    regressionFiles(folder).flatMap((path) => {
      try {
        const { system, mutant, signature, seed, plan } = readFinding(path);
        return [{ path: relative('.', path), kind, system, mutant, signature, seed, size: planSize(plan) }];
      } catch (error) {
        unreadable.push(error instanceof Error ? error.message : String(error));
        return [];
      }
    });
  const findings = [...read(folders.findings, 'found'), ...read(folders.regressions, 'regression')];
  return { running, properties, findings, unreadable };
}

/** The tests that check a system's property, as far as vitest knows them. */
export function propertyTests(vitest: Vitest): TestCase[] {
  return vitest.state
    .getTestModules()
    .flatMap((module) => [...module.children.allTests()])
    .filter((test) => test.meta().faultline !== undefined);
}

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
