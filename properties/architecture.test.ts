/**
 * Style and architecture, tested: small violations are planted, one for each ban and each direction of import, and seen
 * caught; then the tree itself is seen clean. A ban that nobody has seen bite is only a hope.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The rules on trial. */
const BANS = new Set([
  'no-restricted-globals',
  'no-restricted-imports',
  'no-restricted-properties',
  'no-restricted-syntax',
  '@typescript-eslint/no-explicit-any',
  '@typescript-eslint/no-non-null-assertion',
]);

/** The project's own configuration, without type information: the bans need none, and planted files have none. */
const linter = new ESLint({
  cwd: ROOT,
  overrideConfig: {
    languageOptions: { parserOptions: { projectService: false } },
    linterOptions: { reportUnusedDisableDirectives: 'off' },
  },
  errorOnUnmatchedPattern: false,
  ruleFilter: ({ ruleId }) => BANS.has(ruleId),
});
async function lint(file: string, code: string): Promise<string[]> {
  const results = await linter.lintText(`${code}\n`, { filePath: join(ROOT, file) });
  return results.flatMap(({ messages }) => messages.map(({ message }) => message));
}

const RUN = ['kernel', 'world', 'faults', 'plan', 'simulation'].map((folder) => `framework/${folder}/planted.ts`);
const JUDGES = ['checkers', 'history'].map((folder) => `framework/${folder}/planted.ts`);
const MODELS = ['models/planted/planted.ts', 'models/specs/planted.ts'];
const OUTSIDE = ['explore', 'report'].map((folder) => `framework/${folder}/planted.ts`);
const EDGES = ['framework/cli/planted.ts', 'framework/vitest/planted.ts', 'properties/planted.ts'];

interface Ban {
  readonly code: string;
  /** A part of the message that says what to do instead. */
  readonly remedy: string;
  readonly bannedIn: readonly string[];
  readonly allowedIn: readonly string[];
}

const DETERMINISTIC = { bannedIn: [...RUN, ...JUDGES, ...MODELS], allowedIn: EDGES };
const FRAMEWORK = { bannedIn: [...RUN, ...JUDGES, ...MODELS, ...OUTSIDE], allowedIn: EDGES };
const ARITHMETIC = { bannedIn: [...RUN, ...MODELS], allowedIn: [...JUDGES, ...OUTSIDE, ...EDGES] };
const EVERYWHERE = { bannedIn: [...RUN, ...JUDGES, ...MODELS, ...OUTSIDE, ...EDGES], allowedIn: [] };
const NOT_KERNEL = DETERMINISTIC.bannedIn.filter((file) => !file.startsWith('framework/kernel/'));

const BANNED: readonly Ban[] = [
  { code: 'export const at = Date.now();', remedy: 'clock|simulated', ...FRAMEWORK },
  { code: 'export const at = new Date();', remedy: 'clock|simulated', ...FRAMEWORK },
  { code: 'export const at = performance.now();', remedy: 'clock|simulated', ...FRAMEWORK },
  { code: 'export const luck = Math.random();', remedy: 'named stream', ...FRAMEWORK },
  { code: 'export const { random } = Math;', remedy: 'named stream', ...FRAMEWORK },
  { code: 'export const id = crypto.randomUUID();', remedy: 'named stream', ...FRAMEWORK },
  { code: 'export const seed = process.env["SEED"];', remedy: 'as a parameter', ...FRAMEWORK },
  { code: 'export const at = globalThis.Date.now();', remedy: 'Import what is needed', ...FRAMEWORK },
  { code: 'console.log("hello");', remedy: 'framework/cli prints', ...FRAMEWORK },
  { code: 'export const order = "a".localeCompare("b");', remedy: 'code units', ...FRAMEWORK },
  { code: 'import { readFileSync } from "node:fs"; export { readFileSync };', remedy: 'may use Node', ...FRAMEWORK },
  { code: 'import { readFileSync } from "fs"; export { readFileSync };', remedy: 'may use Node', ...FRAMEWORK },
  { code: 'setTimeout(() => undefined, 1);', remedy: 'setTimer', ...DETERMINISTIC },
  { code: 'setInterval(() => undefined, 1);', remedy: 'setTimer', ...DETERMINISTIC },
  { code: 'setImmediate(() => undefined);', remedy: 'setTimer', ...DETERMINISTIC },
  { code: 'queueMicrotask(() => undefined);', remedy: 'setTimer', ...DETERMINISTIC },
  { code: 'export const later = Promise.resolve(1);', remedy: 'synchronous', ...DETERMINISTIC },
  { code: 'export async function later() {}', remedy: 'No async', ...DETERMINISTIC },
  { code: 'export const later = async () => 1;', remedy: 'No async', ...DETERMINISTIC },
  { code: 'export const one = await 1;', remedy: 'No await', ...DETERMINISTIC },
  { code: 'export const later = import("./later.js");', remedy: 'top of the file', ...DETERMINISTIC },
  { code: 'for (const key in {}) String(key);', remedy: 'No for-in', ...DETERMINISTIC, bannedIn: NOT_KERNEL },
  { code: 'export const half = Math.exp(-0.7);', remedy: 'integer arithmetic', ...ARITHMETIC },
  { code: 'export const bits = Math.log2(8);', remedy: 'integer arithmetic', ...ARITHMETIC },
  { code: 'export const wave = Math.sin(1);', remedy: 'integer arithmetic', ...ARITHMETIC },
  { code: 'export const big = Math.pow(2, 32);', remedy: 'integer arithmetic', ...ARITHMETIC },
  { code: 'export const big = 2 ** 32;', remedy: 'integer arithmetic', ...ARITHMETIC },
  { code: 'export default 1;', remedy: 'No default exports', ...EVERYWHERE },
  { code: 'export * from "./all.js";', remedy: 'name what the door offers', ...EVERYWHERE },
  { code: 'export enum Kind { A }', remedy: 'union of string literals', ...EVERYWHERE },
  { code: 'export const anything: any = 1;', remedy: 'any', ...EVERYWHERE },
  { code: 'export const first = (items: readonly number[]) => items[0]!;', remedy: 'non-null', ...EVERYWHERE },
];

describe('the linter', () => {
  for (const { code, remedy, bannedIn, allowedIn } of BANNED)
    it(`bans ${code}`, async () => {
      for (const file of bannedIn) {
        const messages = await lint(file, code);
        expect(messages, `planted in ${file}`).not.toEqual([]);
        expect(messages.join('\n'), `planted in ${file}`).toMatch(new RegExp(remedy));
      }
      for (const file of allowedIn) expect(await lint(file, code), `allowed in ${file}`).toEqual([]);
    });

  it('lets a run use exact arithmetic, and the kernel for-in', async () => {
    for (const file of RUN) expect(await lint(file, 'export const root = Math.sqrt(2) + Math.imul(3, 4);')).toEqual([]);
    expect(await lint('framework/kernel/planted.ts', 'for (const key in {}) String(key);')).toEqual([]);
  });

  it('finds none of this in the tree', async () => {
    const results = await linter.lintFiles(['framework', 'models', 'properties']);
    const found = results.flatMap(({ filePath, messages }) =>
      messages.map(({ line, message }) => `${filePath.slice(ROOT.length)}:${String(line)} ${message}`),
    );
    expect(results.length).toBeGreaterThan(10);
    expect(found).toEqual([]);
  });
});

/** One file of the planted tree: it imports `to`, which breaks `breaks`, or nothing. */
interface Import {
  readonly from: string;
  readonly to: string;
  readonly breaks: string | null;
  /** Import only a type. */
  readonly type?: true;
}

const broken = (from: string, to: string, breaks: string): Import => ({ from, to, breaks });
const fine = (from: string, to: string): Import => ({ from, to, breaks: null });
const type = (planted: Import): Import => ({ ...planted, type: true });

const IMPORTS: readonly Import[] = [
  broken('framework/kernel', '../history/door.js', 'kernel-imports'),
  broken('framework/kernel', '../world/door.js', 'kernel-imports'),
  broken('framework/history', '../world/door.js', 'history-imports'),
  type(broken('framework/history', '../checkers/door.js', 'history-imports')),
  broken('framework/world', '../faults/door.js', 'world-imports'),
  broken('framework/world', '../history/door.js', 'world-names-types'),
  type(broken('framework/faults', '../plan/door.js', 'faults-imports')),
  broken('framework/plan', '../simulation/door.js', 'plan-imports'),
  broken('framework/simulation', '../checkers/door.js', 'simulation-imports'),
  broken('framework/simulation', '../explore/door.js', 'simulation-imports'),
  type(broken('framework/checkers', '../simulation/door.js', 'checkers-imports')),
  broken('framework/checkers', '../world/door.js', 'checkers-imports'),
  broken('framework/checkers', 'fast-check', 'judging-needs-no-packages'),
  broken('framework/report', '../simulation/door.js', 'report-names-types'),
  broken('framework/report', '../explore/door.js', 'report-names-types'),
  broken('framework/report', '../cli/door.js', 'report-imports'),
  broken('framework/explore', '../report/door.js', 'explore-imports'),
  broken('framework/explore', '../index.js', 'explore-imports'),
  broken('framework/explore', '../recording/door.js', 'explore-imports'),
  broken('framework/recording', '../cli/door.js', 'recording-imports'),
  broken('framework/recording', '../report/door.js', 'recording-imports'),
  broken('framework/explorer', '../simulation/door.js', 'explorer-names-types'),
  broken('framework/explorer', '../cli/door.js', 'explorer-imports'),
  broken('framework/explorer', '../report/door.js', 'explorer-imports'),
  broken('framework/explorer', 'zod', 'explorer-is-small'),
  broken('framework/explorer', 'node:fs', 'node-at-the-edges'),
  broken('framework/recording', '../explorer/door.js', 'recording-imports'),
  broken('framework/vitest', '../cli/main.js', 'vitest-imports'),
  broken('framework/vitest', '../explorer/door.js', 'vitest-imports'),
  broken('framework/cli', '../explorer/door.js', 'cli-imports'),
  broken('framework/cli', '../vitest/door.js', 'cli-imports'),
  broken('framework/novelty', '../kernel/door.js', 'every-folder-has-a-rule'),
  broken('framework/explore', '../../models/chain/index.js', 'framework-knows-no-model'),
  type(broken('framework/cli', '../../models/index.js', 'framework-knows-no-model')),
  broken('framework/cli', 'faultline/models', 'framework-knows-no-model'),
  broken('framework/vitest', '../../properties/door.js', 'framework-knows-no-model'),
  broken('models/chain', '../backup/index.js', 'models-use-the-front-door'),
  broken('models/chain', '../../framework/kernel/door.js', 'models-use-the-front-door'),
  broken('models/chain', 'faultline/vitest', 'models-use-the-front-door'),
  broken('models/specs', '../chain/index.js', 'models-use-the-front-door'),
  broken('models/consensus', '../chain/index.js', 'specs-stand-alone'),
  broken('models/causality', '../chain/index.js', 'specs-stand-alone'),
  broken('models/partitioned-log', '../chain/index.js', 'specs-stand-alone'),
  broken('framework/kernel', 'vitest', 'vitest-has-one-home'),
  broken('framework/cli', 'vitest', 'vitest-has-one-home'),
  broken('framework/report', 'vitest/node', 'vitest-has-one-home'),
  type(broken('models/chain', 'vitest', 'vitest-has-one-home')),
  broken('framework/report', 'picocolors', 'terminal-in-cli'),
  broken('framework/explore', 'cac', 'terminal-in-cli'),
  broken('framework/explore', 'node:fs', 'node-at-the-edges'),
  broken('models/chain', 'fs', 'node-at-the-edges'),
  broken('framework/cli', 'eslint', 'no-development-packages'),
  broken('framework/cli', 'prettier', 'no-development-packages'),
  broken('framework/kernel', './absent.js', 'resolvable'),

  fine('framework/history', '../kernel/door.js'),
  type(fine('framework/world', '../history/door.js')),
  fine('framework/faults', '../world/door.js'),
  fine('framework/plan', '../faults/door.js'),
  fine('framework/plan', 'fast-check'),
  fine('framework/simulation', '../plan/door.js'),
  type(fine('framework/simulation', '../checkers/spec.js')),
  fine('framework/simulation', '../checkers/verdict.js'),
  fine('framework/checkers', '../history/door.js'),
  fine('framework/checkers', './spec.js'),
  fine('framework/report', '../checkers/door.js'),
  type(fine('framework/report', '../simulation/door.js')),
  type(fine('framework/report', '../explore/door.js')),
  fine('framework/explore', '../simulation/door.js'),
  fine('framework/recording', '../explore/door.js'),
  fine('framework/recording', '../report/describe.js'),
  fine('framework/explorer', '../recording/door.js'),
  type(fine('framework/explorer', '../simulation/door.js')),
  fine('framework/explorer', 'preact'),
  fine('framework/vitest', '../explore/door.js'),
  fine('framework/vitest', '../cli/door.js'),
  fine('framework/vitest', 'vitest'),
  fine('framework/cli', '../report/door.js'),
  fine('framework/cli', 'node:fs'),
  fine('framework/cli', 'picocolors'),
  fine('framework/cli', 'cac'),
  fine('framework/cli', 'tsx/esm/api'),
  fine('models/chain', '../../framework/index.js'),
  fine('models/chain', '../specs/door.js'),
  fine('models/chain', '../consensus/door.js'),
  fine('models/chain', '../causality/door.js'),
  fine('models/chain', '../partitioned-log/door.js'),
  fine('models/chain', 'faultline'),
  fine('models/chain', 'fast-check'),
  fine('properties', '../framework/kernel/door.js'),
  fine('properties', 'vitest'),
  fine('properties', 'node:fs'),
];

/** What every planted import can reach. */
const DOORS = [
  ...[
    'kernel',
    'history',
    'world',
    'faults',
    'plan',
    'simulation',
    'checkers',
    'report',
    'explore',
    'recording',
    'explorer',
    'vitest',
    'cli',
  ].map((folder) => `framework/${folder}/door.ts`),
  ...[
    'framework/index.ts',
    'framework/vitest/index.ts',
    'framework/checkers/spec.ts',
    'framework/checkers/verdict.ts',
    'framework/report/describe.ts',
    'framework/cli/main.ts',
  ],
  ...['models/specs/door.ts', 'models/consensus/door.ts', 'models/causality/door.ts'],
  ...['models/partitioned-log/door.ts'],
  ...['models/chain/index.ts', 'models/backup/index.ts', 'properties/door.ts'],
];

const CYCLE = {
  'framework/kernel/egg.ts': "import { hen } from './hen.js';\nexport const egg = (): unknown => hen;\n",
  'framework/kernel/hen.ts': "import { egg } from './egg.js';\nexport const hen = (): unknown => egg;\n",
  'framework/kernel/left.ts': "import type { Right } from './right.js';\nexport interface Left { right: Right }\n",
  'framework/kernel/right.ts': "import type { Left } from './left.js';\nexport interface Right { left: Left }\n",
};
const LIST = {
  'models/index.ts':
    "export { door } from './chain/index.js';\nexport { door as inner } from './chain/messages.js';\nexport { door as front } from '../framework/index.js';\n",
  'models/chain/messages.ts': 'export const door = 1;\n',
};

const plantedFile = (index: number): string => `planted-${String(index)}.ts`;
const plantedSource = ({ to, type: only }: Import): string =>
  only === true
    ? `import type { Door } from '${to}';\nexport type Planted = Door;\n`
    : `import * as planted from '${to}';\nexport { planted };\n`;

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

/** What dependency-cruiser finds in the tree at `root`, run as `npm run architecture` runs it. */
async function cruise(root: string): Promise<readonly Violation[]> {
  const command = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [command, '--output-type', 'json', 'framework', 'models', 'properties'];
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, { cwd: root, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      // It ends with the number of violations as its exit code, and prints the report all the same.
      if (stdout.startsWith('{')) resolve(stdout);
      else reject(new Error(`dependency-cruiser gave no report: ${stderr}`, { cause: error }));
    });
  });
  const report = JSON.parse(output) as { summary: { violations: readonly Violation[]; totalCruised: number } };
  expect(report.summary.totalCruised).toBeGreaterThan(10);
  return report.summary.violations;
}

describe('the import rules', () => {
  let root: string;
  let violations: readonly Violation[];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'faultline-architecture-'));
    const files: Record<string, string> = { ...CYCLE, ...LIST };
    for (const door of DOORS) files[door] = 'export const door = 1;\nexport interface Door { open: boolean }\n';
    IMPORTS.forEach((planted, index) => (files[`${planted.from}/${plantedFile(index)}`] = plantedSource(planted)));
    for (const [file, source] of Object.entries(files)) {
      await mkdir(join(root, dirname(file)), { recursive: true });
      await writeFile(join(root, file), source);
    }
    for (const file of ['.dependency-cruiser.js', 'tsconfig.json', 'package.json'])
      await cp(join(ROOT, file), join(root, file));
    await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    violations = await cruise(root);
  });

  afterAll(() => rm(root, { recursive: true, force: true }));

  const rulesBrokenBy = (file: string): string[] =>
    violations.filter(({ from }) => from === file).map(({ rule }) => rule.name);

  IMPORTS.forEach((planted, index) => {
    const { from, to, breaks } = planted;
    const what = planted.type === true ? `the types of ${to}` : to;
    if (breaks === null)
      it(`let ${from} import ${what}`, () => {
        expect(rulesBrokenBy(`${from}/${plantedFile(index)}`)).toEqual([]);
      });
    else
      it(`forbid ${from} to import ${what} (${breaks})`, () => {
        expect(rulesBrokenBy(`${from}/${plantedFile(index)}`)).toContain(breaks);
      });
  });

  it('forbid cycles at run time, and let types name each other', () => {
    expect(rulesBrokenBy('framework/kernel/egg.ts')).toEqual(['no-cycles']);
    expect(rulesBrokenBy('framework/kernel/left.ts')).toEqual([]);
  });

  it("let models/index.ts list every model's door and nothing behind it", () => {
    const found = violations.filter(({ from }) => from === 'models/index.ts');
    expect(found.map(({ to, rule }) => `${rule.name}: ${to}`)).toEqual([
      'models-index-lists-doors: models/chain/messages.ts',
    ]);
  });

  it('hold in the tree', async () => {
    const found = await cruise(ROOT);
    expect(found.map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
  });
});

it('the package has no script that npm would ask whoever installs it to allow', async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) expect(scripts).not.toHaveProperty(name);
});
