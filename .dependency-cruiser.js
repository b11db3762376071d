/**
 * Which folder may import which: DESIGN in code. Each stage of the pipeline may import the stages before it, and what a
 * folder may import is listed in full. A rule of its own sees to it that no folder is left out.
 */

/** @typedef {import('dependency-cruiser').IForbiddenRuleType} Rule */
/** @typedef {import('dependency-cruiser').DependencyType} DependencyType */

/**
 * The folders of the framework: what each may import, and of what it may only name the types.
 *
 * @type {Readonly<Record<string, { imports: string[], types?: string[] }>>}
 */
const STAGES = {
  kernel: { imports: [] },
  history: { imports: ['kernel/'] },
  world: { imports: ['kernel/'], types: ['history/'] },
  faults: { imports: ['kernel/', 'world/'] },
  plan: { imports: ['kernel/', 'history/', 'world/', 'faults/'] },
  simulation: {
    imports: ['kernel/', 'history/', 'world/', 'faults/', 'plan/', 'checkers/spec.ts', 'checkers/verdict.ts'],
  },
  checkers: { imports: ['kernel/', 'history/'] },
  report: {
    imports: ['kernel/', 'history/', 'checkers/', 'faults/'],
    types: ['world/', 'plan/', 'simulation/', 'explore/'],
  },
  explore: { imports: ['kernel/', 'history/', 'world/', 'faults/', 'plan/', 'simulation/', 'checkers/'] },
  recording: {
    imports: [
      ...['kernel/', 'history/', 'world/', 'faults/', 'plan/', 'simulation/', 'checkers/', 'explore/'],
      'report/(describe|causes|node-order).ts',
    ],
  },
  // The page in the browser: what it imports becomes a part of it.
  explorer: {
    imports: ['kernel/', 'history/', 'recording/', 'report/(describe|causes).ts'],
    types: ['world/', 'faults/', 'plan/', 'simulation/', 'checkers/', 'explore/', 'vitest/plugin/'],
  },
  // Both are edges of the framework. To import the command's main file is to run it.
  vitest: { imports: ['(?!cli/main\\.ts|explorer/)'] },
  cli: { imports: ['(?!vitest/|explorer/)'] },
};

/** @type {import('dependency-cruiser').IConfiguration} */
const config = {
  forbidden: [
    ...Object.entries(STAGES).flatMap(([folder, { imports, types = [] }]) => rulesOf(folder, imports, types)),
    {
      name: 'every-folder-has-a-rule',
      comment: 'A new folder of the framework needs a line above that says what it may import.',
      severity: 'error',
      from: { path: '^framework/[^/]+/', pathNot: `^framework/(${Object.keys(STAGES).join('|')})/` },
      to: {},
    },
    {
      name: 'framework-knows-no-model',
      comment: 'The framework is the same for every system: models and properties import it, never the reverse.',
      severity: 'error',
      from: { path: '^framework/' },
      to: { path: '^(models|properties)/' },
    },
    {
      name: 'front-door-opens-anywhere',
      comment: 'Whoever imports faultline gets neither vitest nor a command line.',
      severity: 'error',
      from: { path: '^framework/index\\.ts$' },
      to: { path: '^framework/(vitest|cli)/' },
    },
    {
      name: 'models-use-the-front-door',
      comment:
        'A model is written as a user would write it: with framework/index.ts, its own folder, models/specs, models/causality, models/consensus and models/partitioned-log.',
      severity: 'error',
      from: { path: '^models/([^/]+)/' },
      to: {
        path: '^(framework|models|properties)/',
        pathNot: ['^framework/index\\.ts$', '^models/(specs|causality|consensus|partitioned-log|$1)/'],
      },
    },
    {
      name: 'specs-stand-alone',
      comment:
        'The sequential reference objects, and what systems share of causality, consensus and a partitioned log, know no model.',
      severity: 'error',
      from: { path: '^models/(specs|causality|consensus|partitioned-log)/' },
      to: { path: '^models/', pathNot: '^models/$1/' },
    },
    {
      name: 'models-index-lists-doors',
      comment: "models/index.ts is a list: every model's index.ts, the specs, and the framework's front door.",
      severity: 'error',
      from: { path: '^models/[^/]+\\.ts$' },
      to: {
        path: '^(framework|models|properties)/',
        pathNot: ['^framework/index\\.ts$', '^models/specs/', '/index\\.ts$'],
      },
    },
    {
      name: 'vitest-has-one-home',
      comment: 'Everything but framework/vitest works where vitest is not installed.',
      severity: 'error',
      from: { path: '^(framework|models)/', pathNot: '^framework/vitest/' },
      to: { path: ['^(vitest|@vitest/.+)$', 'node_modules/(vitest|@vitest)/'] },
    },
    {
      name: 'terminal-in-cli',
      comment: 'Only framework/cli talks to a terminal.',
      severity: 'error',
      from: { path: '^(framework|models)/', pathNot: '^framework/cli/' },
      to: { path: 'node_modules/(cac|picocolors)/' },
    },
    {
      name: 'node-at-the-edges',
      comment:
        'Only framework/cli, framework/vitest, properties, and what bundles the explorer know the machine they run on.',
      severity: 'error',
      from: { path: '^(framework|models)/', pathNot: '^framework/(cli/|vitest/|explorer/build\\.ts$)' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'judging-needs-no-packages',
      comment:
        'Checkers and histories are plain functions over plain data; what others wrote is checked against a schema.',
      severity: 'error',
      from: { path: '^framework/(checkers|history)/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional'], pathNot: 'node_modules/zod/' },
    },
    {
      name: 'no-development-packages',
      comment: 'What is published may only import what users get installed. The explorer is published as one file.',
      severity: 'error',
      from: { path: '^(framework|models)/', pathNot: '^framework/explorer/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer', 'type-only'] },
    },
    {
      name: 'explorer-is-small',
      comment: 'The page is preact, immer and our own code; esbuild bundles it.',
      severity: 'error',
      from: { path: '^framework/explorer/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg', 'npm-unknown'],
        pathNot: ['node_modules/(preact|immer|esbuild)/', 'node_modules/@types/node/'],
      },
    },
    {
      name: 'no-cycles',
      comment: 'Modules that need each other at run time are one module. Types that name each other are fine.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'What cannot be found cannot be judged.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    // Packages that are ESM only name their files under `import`.
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'] },
  },
};

export default config;

/**
 * @param {string} folder
 * @param {string[]} imports
 * @param {string[]} types
 * @returns {Rule[]}
 */
function rulesOf(folder, imports, types) {
  /** @type {Pick<Rule, 'comment' | 'severity' | 'from'>} */
  const rule = {
    comment: `framework/${folder} stands where it does in DESIGN: see STAGES in .dependency-cruiser.js.`,
    severity: 'error',
    from: { path: `^framework/${folder}/` },
  };
  const allowed = [`${folder}/`, ...imports, ...types].join('|');
  const namesOnly = { dependencyTypesNot: /** @type {DependencyType[]} */ (['type-only']) };
  return [
    { ...rule, name: `${folder}-imports`, to: { path: '^framework/', pathNot: `^framework/(${allowed})` } },
    ...types.map((path) => ({
      ...rule,
      name: `${folder}-names-types`,
      to: { path: `^framework/${path}`, ...namesOnly },
    })),
  ];
}
