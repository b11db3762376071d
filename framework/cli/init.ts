/**
 * `faultline init`: puts a working starter into a folder, empty or with a vitest project in it. What is there already is left
 * as it is; a file of the starter's that is there and reads otherwise is a conflict, and then nothing is written.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { EXIT, type Outcome } from './exit-codes.js';
import { faultlineSource, type FaultlineSource } from './faultline-source.js';
import { readFileIfAny, writeAllOrNothing } from './files.js';
import { isBelow, packageName, readProject, STARTER_TEST, type Manifest, type Project } from './project.js';
import { print } from './terminal.js';
import { UsageError } from './usage-error.js';
import { PACKAGE } from './version.js';

const CI_FILES = { github: '.github/workflows/faultline.yml', gitlab: '.gitlab-ci.yml', none: undefined } as const;

export const CIS = Object.keys(CI_FILES) as (keyof typeof CI_FILES)[];

/** The starter's own files, as our tests run them: from framework/cli in a checkout, from dist/framework/cli in a package. */
const STARTER = ['../../properties/starter/', '../../../properties/starter/']
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(url));

const template = (name: string): string => readFileSync(new URL(name, STARTER), 'utf8');

/** A file to be written, and what becomes of one that is there. */
interface Wanted {
  readonly path: string;
  readonly text: string;
  /** `conflict`: it must be ours. `keep`: it may be anything, and stays. `merge`: `text` has all that was in it. */
  readonly ifThere: 'conflict' | 'keep' | 'merge';
}

export function init(folder: string, options: { readonly ci: string | undefined }): Outcome {
  const ci = CIS.find((name) => name === (options.ci ?? 'github'));
  if (ci === undefined) throw new UsageError(`--ci takes ${CIS.join(', ')}; got '${options.ci ?? ''}'`);
  const project = readProject(folder);
  const sources = sourcesOf(project);
  const faultline = faultlineSource(folder);
  const wanted = [
    ...(project.manifest === undefined
      ? newProject(project, sources.protocol, faultline)
      : added(project, sources.protocol, faultline)),
    ...sources.files,
    ...ciFile(project, ci, sources.protocol),
  ];
  const states = wanted.map((file) => ({ ...file, before: readFileIfAny(join(folder, file.path)) }));
  const conflicts = states.filter(({ ifThere, before, text }) => ifThere === 'conflict' && (before ?? text) !== text);
  if (conflicts.length > 0)
    throw new UsageError(
      `there is another ${conflicts.map(({ path }) => join(folder, path)).join(', another ')} already; nothing was written. ` +
        'Move it away, or name another folder',
    );
  const isWritten = ({ before, text, ifThere }: (typeof states)[number]) =>
    before === undefined || (ifThere === 'merge' && before !== text);
  writeAllOrNothing(states.filter(isWritten).map(({ path, text }) => ({ path: join(folder, path), text })));
  for (const state of states) {
    const what = !isWritten(state) ? 'kept   ' : state.before === undefined ? 'wrote  ' : 'changed';
    const why = what === 'kept   ' ? (state.before === state.text ? ' (nothing to add)' : ' (yours)') : '';
    print(`${what}  ${state.path}${why}\n`);
  }
  print(
    nextSteps(
      project,
      sources,
      toGet(project, faultline),
      states.find(({ path, before, text }) => path === CI_FILES[ci] && (before ?? text) !== text),
    ),
  );
  return EXIT.clean;
}

/** Where the starter's files go: beside the tests that are there, so that vitest looks there as well. */
function sourcesOf({ testFolder, testWord, isModule }: Project) {
  const folder = testFolder === undefined || testFolder === '.' ? 'faultline' : `${testFolder}/faultline`;
  // Where .ts means CommonJS, faultline, which is ES modules, is imported from one.
  const [ts, js] = isModule ? ['ts', 'js'] : ['mts', 'mjs'];
  const file = (name: string, path: string): Wanted => ({
    path: `${folder}/${path}.${ts}`,
    text: template(`${name}.ts`).replaceAll(/(?<=from '\.\/.*\.)js(?=')/g, js),
    ifThere: 'conflict',
  });
  const test = `${STARTER_TEST}.${testWord}`;
  return {
    files: [
      file('register', 'register'),
      file('replicated-register', 'replicated-register'),
      file('replicated-register.test', test),
    ],
    protocol: `${folder}/replicated-register.${ts}`,
    test: `${folder}/${test}.${ts}`,
  };
}

/** What it takes beside the sources. */
const packagesOf = (faultline: FaultlineSource): Record<string, string> => ({
  'fast-check': PACKAGE.dependencies['fast-check'] ?? '*',
  faultline: faultline.spec,
  vitest: PACKAGE.devDependencies.vitest ?? '*',
});

const scriptsOf = (protocol: string): Record<string, string> => ({
  test: 'vitest run',
  explore: `faultline explore --systems ${protocol}`,
});

/** What `package.json` says of a package; undefined if it does not name it. */
const specIn = (data: Manifest | undefined, name: string): string | undefined =>
  [data?.dependencies, data?.devDependencies, data?.peerDependencies].find((group) => group?.[name] !== undefined)?.[
    name
  ];

/** What is to be done to have faultline: nothing if the project names it, and the file that it names, if any, is there. */
function toGet({ folder, manifest }: Project, faultline: FaultlineSource): Partial<FaultlineSource> {
  const spec = specIn(manifest?.data, 'faultline');
  const file = /^file:(.*)$/.exec(spec ?? '')?.[1];
  if (spec === undefined || (spec === faultline.spec && !isThere(folder, file))) return faultline;
  return isThere(folder, file) ? {} : { remark: `and put faultline at ${file}, where package.json says that it is` };
}

const isThere = (folder: string, file: string | undefined): boolean =>
  file === undefined || existsSync(join(folder, file));

/** What is to be changed where a project's vitest is older than faultline takes. */
function olderVitest({ manifest }: Project): string[] {
  const [needed = '', spec] = [PACKAGE.peerDependencies.vitest, specIn(manifest?.data, 'vitest')];
  if (spec === undefined || !isBelow(spec, needed)) return [];
  return [
    `first change vitest in package.json from ${spec} to ${PACKAGE.devDependencies.vitest ?? needed}: faultline takes ${needed}, and is not installed beside an older one`,
  ];
}

function newProject({ folder }: Project, protocol: string, faultline: FaultlineSource): Wanted[] {
  const manifest = {
    name: packageName(folder),
    version: '0.0.0',
    private: true,
    type: 'module',
    scripts: { ...scriptsOf(protocol), typecheck: 'tsc' },
    devDependencies: sorted({ ...packagesOf(faultline), typescript: PACKAGE.devDependencies.typescript ?? '*' }),
  };
  const compilerOptions = {
    ...{ target: 'ES2023', module: 'NodeNext', types: [], strict: true, noEmit: true, skipLibCheck: true },
  };
  return [
    { path: 'package.json', text: json(manifest), ifThere: 'merge' },
    { path: 'tsconfig.json', text: json({ compilerOptions, include: ['faultline'] }), ifThere: 'keep' },
    { path: '.gitignore', text: 'node_modules/\n.faultline/\n', ifThere: 'keep' },
  ];
}

/** `package.json` with what it lacks. */
function added({ manifest }: Project, protocol: string, faultline: FaultlineSource): Wanted[] {
  if (manifest === undefined) return [];
  const { text, data } = manifest;
  const packages = Object.entries(packagesOf(faultline)).filter(([name]) => specIn(data, name) === undefined);
  const scripts = Object.entries(scriptsOf(protocol)).filter(([name]) => data.scripts?.[name] === undefined);
  if (packages.length + scripts.length === 0) return [{ path: 'package.json', text, ifThere: 'merge' }];
  const filled: Manifest = {
    ...data,
    scripts: { ...data.scripts, ...Object.fromEntries(scripts) },
    devDependencies: sorted({ ...data.devDependencies, ...Object.fromEntries(packages) }),
  };
  const indent = /^[ \t]+/m.exec(text)?.[0];
  return [{ path: 'package.json', text: json(filled, indent, text.endsWith('\n')), ifThere: 'merge' }];
}

function ciFile({ manager }: Project, ci: keyof typeof CI_FILES, protocol: string): Wanted[] {
  const path = CI_FILES[ci];
  if (path === undefined) return [];
  const text = template(`${ci}.yml`)
    .replace('npm ci', manager.ci)
    .replaceAll('npx ', `${manager.run} `)
    .replace('faultline/replicated-register.ts', protocol);
  return [{ path, text, ifThere: 'keep' }];
}

/** By name, as npm has them. */
const sorted = (packages: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(packages).sort(([one], [other]) => (one < other ? -1 : 1)));

const json = (value: object, indent = '  ', endsWithNewline = true): string =>
  `${JSON.stringify(value, null, indent)}${endsWithNewline ? '\n' : ''}`;

function nextSteps(
  project: Project,
  { protocol, test }: { readonly protocol: string; readonly test: string },
  faultline: Partial<FaultlineSource>,
  otherCi: Wanted | undefined,
): string {
  const { folder, manager } = project;
  const place = relative('.', folder);
  const lines = [
    ...(place === '' ? [] : [`cd ${place}`]),
    ...(faultline.before ?? []),
    manager.install,
    `${manager.run} vitest run ${test}`,
    `${manager.run} faultline explore --systems ${protocol} --all-mutants`,
  ];
  const ignored = /^\/?\.faultline\/?$/m.test(readFileIfAny(join(folder, '.gitignore')) ?? '');
  return [
    '\nnext\n',
    ...olderVitest(project).map((line) => `  ${line}\n`),
    ...lines.map((line) => `  ${line}\n`),
    ...(faultline.remark === undefined ? [] : [`  ${faultline.remark}\n`]),
    ...(ignored ? [] : ['  and let git ignore .faultline/, where findings are kept\n']),
    ...(otherCi === undefined
      ? []
      : [`  and add this to ${otherCi.path}:\n\n${otherCi.text.replaceAll(/^(?=.)/gm, '    ')}`]),
  ].join('');
}
