/**
 * `faultline init` as its user meets it: faultline is built, packed, and unpacked into projects in folders of their own, and
 * what it writes there is run.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBelow } from '../framework/cli/project.js';

const folder = mkdtempSync(join(tmpdir(), 'faultline-init-'));
const unpacked = join(folder, 'unpacked');
const CLI = join(unpacked, 'package/dist/framework/cli/main.js');

/** As `npm pack` does, but for the build, which does not go to dist/: other tests may be reading that. */
beforeAll(() => {
  const staged = join(folder, 'staged');
  const tsc = resolve('node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--noCheck', '--outDir', join(staged, 'dist')]);
  for (const path of ['package.json', 'CHANGELOG.md', 'README.md', 'LICENSE', 'properties/starter'])
    cpSync(path, join(staged, path), { recursive: true });
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--offline'], { cwd: staged });
  const [tarball = ''] = readdirSync(staged).filter((name) => name.endsWith('.tgz'));
  mkdirSync(unpacked);
  execFileSync('tar', ['xzf', join(staged, tarball), '-C', unpacked]);
  linkPackages(join(unpacked, 'package'));
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The packages that are installed here, for the project in `path`. */
function linkPackages(path: string): void {
  mkdirSync(join(path, 'node_modules'), { recursive: true });
  for (const name of readdirSync('node_modules').filter((one) => !one.startsWith('.')))
    symlinkSync(resolve('node_modules', name), join(path, 'node_modules', name));
}

/** A new folder with these files in it. */
function project(name: string, files: Readonly<Record<string, string>> = {}): string {
  const path = join(folder, name);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text);
  }
  mkdirSync(path, { recursive: true });
  return path;
}

/** As if the packed faultline were installed in the project in `path`. */
function install(path: string): void {
  linkPackages(path);
  rmSync(join(path, 'node_modules/faultline'), { force: true });
  cpSync(join(unpacked, 'package'), join(path, 'node_modules/faultline'), {
    recursive: true,
    filter: (source) => !source.endsWith('package/node_modules'),
  });
}

function run(cwd: string, command: string, args: readonly string[]) {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '', LC_ALL: 'C.UTF-8', FAULTLINE_SEED: '' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { cwd, env, encoding: 'utf8' });
  return { code: status, out: stdout, error: stderr };
}

const init = (cwd: string, ...args: string[]) => run(cwd, CLI, ['init', ...args]);
const vitest = (cwd: string) => run(cwd, resolve('node_modules/vitest/vitest.mjs'), ['run', '--reporter=verbose']);

/** The files in `path` and what is in them, but for packages. */
function filesIn(path: string): Record<string, string> {
  const names = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .filter((name) => !/^(node_modules|\.faultline)/.test(name))
    .sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(path, name), 'utf8')]));
}

describe('in an empty folder', () => {
  const path = join(folder, 'empty');

  test('makes a project whose tests pass, and find the mutants', () => {
    project('empty');
    const made = init(folder, 'empty');
    expect(made.error).toBe('');
    expect(made.code).toBe(0);
    expect(Object.keys(filesIn(path))).toEqual([
      '.github/workflows/faultline.yml',
      '.gitignore',
      'faultline/register.ts',
      'faultline/replicated-register.test.ts',
      'faultline/replicated-register.ts',
      'package.json',
      'tsconfig.json',
    ]);
    expect(made.out).toMatch(
      /next\n {2}cd empty\n {2}npm pack \S+ --pack-destination \.\n {2}npm install\n {2}npx vitest run faultline\/replicated-register\.test\.ts/,
    );
    expect(made.out).toMatch(/and commit faultline-.*\.tgz: CI/);
    expect(readFileSync(join(path, 'package.json'), 'utf8')).toMatch(/"faultline": "file:faultline-\d.*\.tgz"/);
    install(path);
    const { out, code } = vitest(path);
    expect(out).toMatch(/✓ .*replicated-register: reads are linearizable/);
    expect(out).toMatch(/✓ .*mutant answers-early .* breaks 'reads are linearizable'/);
    expect(out).toMatch(/Tests {2}3 passed/);
    expect(code).toBe(0);
  });

  test('which its CI file gates', () => {
    const workflow = readFileSync(join(path, '.github/workflows/faultline.yml'), 'utf8');
    const [, args = ''] = /run: npx faultline (gate .*)/.exec(workflow) ?? [];
    const { out, code } = run(path, join(path, 'node_modules/faultline/dist/framework/cli/main.js'), args.split(' '));
    expect(out).toMatch(/replicated-register/);
    expect(code).toBe(0);
    expect(readdirSync(join(path, '.faultline/ci')).sort()).toEqual(['junit.xml', 'report.json', 'summary.md']);
  });

  test('which the compiler accepts, by the types that are packed', () => {
    expect(run(path, resolve('node_modules/typescript/bin/tsc'), [])).toEqual({ code: 0, out: '', error: '' });
  });

  test('whose test fails, with a finding, when the protocol has a bug', () => {
    const broken = join(folder, 'broken');
    cpSync(path, broken, { recursive: true, verbatimSymlinks: true });
    const protocol = join(broken, 'faultline/replicated-register.ts');
    const text = readFileSync(protocol, 'utf8');
    const early = text.replace("rules: { writesAnsweredBy: 'tail'", "rules: { writesAnsweredBy: 'head'");
    expect(early).not.toBe(text);
    writeFileSync(protocol, early);
    const { out, error, code } = vitest(broken);
    expect(out + error).toMatch(/✗ replicated-register: a promise is broken/);
    expect(readdirSync(join(broken, '.faultline/findings')).filter((name) => name.endsWith('.json'))).toHaveLength(1);
    expect(code).toBe(1);
  });

  test('and does nothing the second time', () => {
    const before = filesIn(path);
    const again = init(path);
    expect(again.out).not.toMatch(/^(wrote|changed)/m);
    expect(again.code).toBe(0);
    expect(filesIn(path)).toEqual(before);
  });
});

describe('in a vitest project', () => {
  const own = {
    'package.json':
      '{\n\t"name": "shop",\n\t"scripts": {\n\t\t"test": "vitest"\n\t},\n\t"devDependencies": {\n\t\t"vitest": "^4.1.0"\n\t}\n}',
    'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
    'vitest.config.mts':
      "import { defineConfig } from 'vitest/config';\nexport default defineConfig({ test: { include: ['checks/**/*.spec.*'] } });\n",
    'checks/cart.spec.js':
      "import { expect, test } from 'vitest';\ntest('a cart is empty', () => expect([]).toEqual([]));\n",
    '.gitlab-ci.yml': 'stages: [test]\n',
  };

  test('puts its files beside the tests that are there, adds what package.json lacks, and changes nothing else', () => {
    const path = project('shop', own);
    const made = init(path, '--ci', 'gitlab');
    expect(made.error).toBe('');
    expect(made.code).toBe(0);
    const { 'package.json': manifest = '', ...files } = filesIn(path);
    // CommonJS, so that .ts would be, too.
    const added = ['register', 'replicated-register', 'replicated-register.spec'].map(
      (name) => `checks/faultline/${name}.mts`,
    );
    expect(Object.keys(files).filter((name) => !(name in own))).toEqual(added);
    for (const [name, text] of Object.entries(own)) if (name !== 'package.json') expect(files[name]).toBe(text);
    expect(JSON.parse(manifest)).toMatchObject({
      name: 'shop',
      scripts: { test: 'vitest', explore: 'faultline explore --systems checks/faultline/replicated-register.mts' },
      devDependencies: { vitest: '^4.1.0', 'fast-check': expect.any(String) as string },
    });
    expect(manifest).toMatch(/^\{\n\t"name"[^ ]* "shop",\n\t"scripts"/);
    expect(manifest.endsWith('}')).toBe(true);
    expect(made.out).toMatch(/changed {2}package\.json\n/);
    expect(made.out).toMatch(/kept +\.gitlab-ci\.yml \(yours\)\n/);
    expect(made.out).toMatch(
      / --pack-destination \.\n {2}pnpm install\n {2}pnpm exec vitest run checks\/faultline\/replicated-register\.spec\.mts\n/,
    );
    expect(made.out).toMatch(/add this to \.gitlab-ci\.yml:\n\n {4}faultline:\n.*pnpm install --frozen-lockfile\n/s);
    expect(made.out).toContain(
      'pnpm exec faultline gate --systems checks/faultline/replicated-register.mts --ci .faultline/ci\n',
    );
    install(path);
    const { out, code } = vitest(path);
    expect(out).toMatch(/✓ .*a cart is empty/);
    expect(out).toMatch(/✓ .*mutant reads-anywhere/);
    expect(out).toMatch(/Tests {2}4 passed/);
    expect(code).toBe(0);
  });
});

describe('takes faultline from where the one that runs came from', () => {
  const installedIn = (name: string, spec: string) => {
    const path = project(name, { 'package.json': JSON.stringify({ devDependencies: { faultline: spec } }) });
    install(path);
    const made = run(path, join(path, 'node_modules/faultline/dist/framework/cli/main.js'), ['init', 'inner']);
    const { devDependencies } = JSON.parse(readFileSync(join(path, 'inner/package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    return { out: made.out, spec: devDependencies.faultline };
  };

  test('a tarball, by its path from the new project', () => {
    const { out, spec } = installedIn('by-tarball', 'file:vendor/faultline.tgz');
    expect(spec).toBe('file:../vendor/faultline.tgz');
    expect(out).toContain('see that CI has ../vendor/faultline.tgz');
    expect(out).not.toContain('npm pack');
  });

  test('a registry, by the same range', () => {
    const { out, spec } = installedIn('by-registry', '^0.1.0');
    expect(spec).toBe('^0.1.0');
    expect(out).not.toMatch(/CI has|npm pack/);
  });
});

describe('what is next', () => {
  test('packs faultline as long as the file that package.json names is not there', () => {
    const path = project('again');
    const [first, second] = [init(path), init(path)];
    const [, tarball = ''] = /--pack-destination \.\n[\s\S]*commit (faultline-\S+\.tgz): CI/.exec(first.out) ?? [];
    expect(second.out).toMatch(/ npm pack \S+ --pack-destination \.\n {2}npm install\n/);
    expect(second.out).toContain(`commit ${tarball}: CI installs`);
    writeFileSync(join(path, tarball), '');
    expect(init(path).out).not.toMatch(/npm pack|CI installs/);
    const manifest = JSON.stringify({ devDependencies: { faultline: 'file:vendor/f.tgz' } });
    expect(init(project('elsewhere', { 'package.json': manifest })).out).toContain(
      'and put faultline at vendor/f.tgz, where package.json says that it is',
    );
  });

  test('says what to change where vitest is older than faultline takes, and leaves it', () => {
    const path = project('old', { 'package.json': JSON.stringify({ devDependencies: { vitest: '^3.2.4' } }) });
    const { out, code } = init(path);
    expect(out).toMatch(
      /next\n {2}first change vitest in package\.json from \^3\.2\.4 to \S+: faultline takes >=4\.1, /,
    );
    expect(readFileSync(join(path, 'package.json'), 'utf8')).toContain('"^3.2.4"');
    expect(code).toBe(0);
  });

  test.each([
    [true, ['^3.2.4', '~4.0', '4.0.x', '4.0.18', '3', 'v2.1', '3.x', '^0.34.6', '4.0.0-beta.1']],
    [false, ['^4.0.0', '4', '4.x', '~4.1', '4.1.0', '5', '>=2', '*', 'latest', 'workspace:*', '3 || 4']],
  ])('older than >=4.1: %s', (older, ranges) => {
    for (const range of ranges) expect([range, isBelow(range, '>=4.1')]).toEqual([range, older]);
  });
});

describe('writes nothing', () => {
  test('where a file of the same name reads otherwise', () => {
    const path = project('taken', { 'package.json': '{"type": "module"}', 'faultline/register.ts': 'export {};\n' });
    const before = filesIn(path);
    const { error, out, code } = init(path);
    expect(error).toMatch(/there is another .*faultline\/register\.ts already; nothing was written/);
    expect([out, code]).toEqual(['', 2]);
    expect(filesIn(path)).toEqual(before);
  });

  test('when it fails half-way: what it wrote and changed by then is undone', () => {
    const path = project('half-way', {
      'package.json': '{"type": "module"}',
      '.github': 'a file where a folder must be\n',
    });
    const before = filesIn(path);
    const { error, out, code } = init(path);
    expect(error).toMatch(/nothing was written: .*\.github/);
    expect([out, code]).toEqual(['', 2]);
    expect(filesIn(path)).toEqual(before);
    expect(existsSync(join(path, 'faultline'))).toBe(false);
  });

  test('for a package.json that is malformed, a folder that is a file, and a CI that it does not know', () => {
    const path = project('malformed', { 'package.json': '{"scripts": ["test"]}', file: '' });
    const before = filesIn(path);
    expect(init(path).error).toMatch(/package\.json is malformed, so nothing can be added to it: .*scripts/s);
    expect(init(path, 'file').error).toMatch(/file is no folder/);
    expect(init(path, '--ci', 'jenkins').error).toMatch(/--ci takes github, gitlab, none; got 'jenkins'/);
    expect(filesIn(path)).toEqual(before);
  });
});
