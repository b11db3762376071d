/** What `faultline init` has to know of the project in a folder: looked up, never changed. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { readFileIfAny } from './files.js';
import { UsageError } from './usage-error.js';

const words = z.record(z.string(), z.string());
const manifestSchema = z.looseObject({
  type: z.string().optional(),
  packageManager: z.string().optional(),
  scripts: words.optional(),
  dependencies: words.optional(),
  devDependencies: words.optional(),
  peerDependencies: words.optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** How a package manager is called. */
export interface PackageManager {
  readonly install: string;
  /** Before the name of a package's command. */
  readonly run: string;
  /** On a CI machine: exactly what the lock file says. */
  readonly ci: string;
}

const NPM: PackageManager = { install: 'npm install', run: 'npx', ci: 'npm ci' };
const PNPM: PackageManager = {
  install: 'pnpm install',
  run: 'pnpm exec',
  ci: 'corepack enable && pnpm install --frozen-lockfile',
};
const YARN: PackageManager = {
  install: 'yarn install',
  run: 'yarn',
  ci: 'corepack enable && yarn install --immutable',
};
const YARN_CLASSIC: PackageManager = { ...YARN, ci: 'yarn install --frozen-lockfile' };
const BUN: PackageManager = {
  install: 'bun install',
  run: 'bunx',
  ci: 'npm install --global bun && bun install --frozen-lockfile',
};

export interface Project {
  readonly folder: string;
  /** `package.json` as it is and as it reads; undefined if there is none. */
  readonly manifest: { readonly text: string; readonly data: Manifest } | undefined;
  readonly manager: PackageManager;
  /** Whether files that end in .ts and .js are ES modules. */
  readonly isModule: boolean;
  /** The folder of the tests that are there, from the project's; undefined if there are none. */
  readonly testFolder: string | undefined;
  /** What comes between a test's name and its extension. */
  readonly testWord: 'test' | 'spec';
}

/** Throws a `UsageError` if `folder` is a file, or its `package.json` is malformed. */
export function readProject(folder: string): Project {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new UsageError(`${folder} is no folder; name the one to put a starter into`);
  const manifest = readManifest(join(folder, 'package.json'));
  const tests = firstTest(folder);
  return {
    folder,
    manifest,
    manager: managerOf(folder, manifest?.data),
    isModule: manifest === undefined || manifest.data.type === 'module',
    testFolder: tests === undefined ? undefined : dirname(tests),
    testWord: tests !== undefined && /\.spec\.\w+$/.test(tests) ? 'spec' : 'test',
  };
}

function readManifest(path: string): Project['manifest'] {
  const text = readFileIfAny(path);
  if (text === undefined) return undefined;
  try {
    const data: unknown = JSON.parse(text);
    manifestSchema.parse(data);
    // What the schema makes of it has its fields in another order.
    return { text, data: data as Manifest };
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new UsageError(`${path} is malformed, so nothing can be added to it: ${problem}`);
  }
}

function managerOf(folder: string, manifest: Manifest | undefined): PackageManager {
  const has = (name: string) => existsSync(join(folder, name));
  const named = manifest?.packageManager?.split('@')[0];
  if (named === 'pnpm' || has('pnpm-lock.yaml')) return PNPM;
  if (named === 'yarn' || has('yarn.lock')) return isClassic(join(folder, 'yarn.lock')) ? YARN_CLASSIC : YARN;
  if (named === 'bun' || has('bun.lock') || has('bun.lockb')) return BUN;
  return NPM;
}

const isClassic = (lockFile: string): boolean =>
  existsSync(lockFile) && readFileSync(lockFile, 'utf8').includes('yarn lockfile v1');

const TEST_FILE = /\.(test|spec)\.[cm]?[jt]sx?$/;
const FOLDERS_MAX = 500;

/** The name of the starter's own test, which is none of the project's. */
export const STARTER_TEST = 'replicated-register';

/** The test nearest to the project's folder, in order of name; from that folder, with slashes. */
function firstTest(folder: string): string | undefined {
  const waiting = [''];
  for (let index = 0; index < Math.min(waiting.length, FOLDERS_MAX); index++) {
    const inside = waiting[index] ?? '';
    const path = join(folder, inside);
    if (!existsSync(path)) return undefined;
    const entries = readdirSync(path, { withFileTypes: true }).sort((one, other) => (one.name < other.name ? -1 : 1));
    const named = (name: string) => (inside === '' ? name : `${inside}/${name}`);
    const isTest = (name: string) => TEST_FILE.test(name) && !name.startsWith(`${STARTER_TEST}.`);
    const test = entries.find((entry) => entry.isFile() && isTest(entry.name));
    if (test !== undefined) return named(test.name);
    for (const entry of entries)
      if (entry.isDirectory() && !/^(\.|node_modules$|dist$|coverage$)/.test(entry.name))
        waiting.push(named(entry.name));
  }
  return undefined;
}

/**
 * Whether all that a range of versions lets in is older than `minimum`, which reads `>=4.1`. Of ranges in other forms than
 * `^3.2.0`, `~4.0`, `4.0.x` or `3` (tags, workspaces, several parts) it is not known, and not said.
 */
export function isBelow(range: string, minimum: string): boolean {
  const [, sign = '', major = '', minor = 'x'] = /^([~^]?)v?(\d+)(?:\.(\d+|x|\*))?(?:\.[\w*.+-]+)?$/.exec(range) ?? [];
  const [neededMajor = 0, neededMinor = 0] = minimum.replace(/^\D+/, '').split('.').map(Number);
  if (major === '') return false;
  if (Number(major) !== neededMajor) return Number(major) < neededMajor;
  return sign !== '^' && /^\d+$/.test(minor) && Number(minor) < neededMinor;
}

/** A name for a package in `folder`, as npm allows it. */
export const packageName = (folder: string): string =>
  basename(resolve(folder))
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '') || 'my-protocol';
