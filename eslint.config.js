/**
 * The linter's rules. Beside the usual strict ones it holds the determinism bans of the simulator: code that a run
 * executes may depend on nothing but its plan. Which folder may import which is dependency-cruiser's concern.
 */
import { builtinModules } from 'node:module';
import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** All that a run executes. */
const SIMULATOR = ['kernel', 'world', 'faults', 'plan', 'simulation'].map((folder) => `framework/${folder}/**/*.ts`);
const MODELS = 'models/**/*.ts';
const JUDGES = ['checkers', 'history'].map((folder) => `framework/${folder}/**/*.ts`);
/** What runs in a browser, and is no part of any run. */
const EXPLORER = 'framework/explorer/**/*.{ts,tsx}';
/** The only places that may know of the machine they run on. */
const EDGES = ['framework/cli/**/*.ts', 'framework/vitest/**/*.ts', EXPLORER];

/**
 * @param {string} selector
 * @param {string} message
 */
const ban = (selector, message) => ({ selector, message });
/**
 * @param {string} message
 * @param {string[]} names
 */
const banNames = (message, ...names) => names.map((name) => ({ name, message }));
/**
 * @param {string} object
 * @param {string} message
 * @param {string[]} properties
 */
const banMembers = (object, message, ...properties) => properties.map((property) => ({ object, property, message }));

const SYNTAX_BANS = [
  ban('TSEnumDeclaration', 'No enums: use a union of string literals.'),
  ban('ExportAllDeclaration', 'No `export *`: name what the door offers.'),
];
const DEFAULT_EXPORT_BANS = [
  ban('ExportDefaultDeclaration', 'No default exports: a thing has one name everywhere.'),
  ban('ExportSpecifier[exported.name="default"]', 'No default exports: a thing has one name everywhere.'),
];
const ASYNC_BANS = [
  ban(
    ':function[async=true]',
    'No async code in a run: the event loop is not deterministic. Schedule an event, or set a timer through ctx.',
  ),
  ban(
    'AwaitExpression, ForOfStatement[await=true]',
    'No await in a run: the event loop is not deterministic. Schedule an event, or set a timer through ctx.',
  ),
  ban('ImportExpression', 'No dynamic import in a run: it is asynchronous. Import at the top of the file.'),
];
const FOR_IN_BANS = [
  ban('ForInStatement', 'No for-in: it reorders integer-like keys. Iterate an array, a Map, or Object.keys().sort().'),
];
const POWER_BANS = [
  ban(
    ':matches(BinaryExpression[operator="**"], AssignmentExpression[operator="**="])',
    'No ** in a run: its last bit may differ between engines. Use integer arithmetic, shifts or a literal.',
  ),
];

const CLOCK = 'The time of a run is simulated: use ctx.now(), or world.now in the simulator.';
const CLOCK_OUTSIDE = 'Take a clock as a parameter: only framework/cli, framework/vitest and properties read one.';
const RANDOM = 'Draw from a named stream: ctx.random, or randomStream() of framework/kernel/random.';
const TIMERS = 'Set a simulated timer: ctx.setTimer(), or push an event to the queue.';
const CONSOLE = 'Return data: framework/cli prints it.';
const PROCESS = 'Take the value as a parameter: framework/cli reads the process and its environment.';
const PROMISE = 'Handlers are synchronous: send a message or set a timer through ctx.';
const GLOBAL_OBJECT = 'Import what is needed: nothing is reached through the global object.';
const COLLECTED = 'What the garbage collector did must not decide anything.';
const LOCALE = 'It depends on the locale of the machine: compare code units with < and >, or format by hand.';

const wallClock = (/** @type {string} */ message) => banNames(message, 'Date', 'performance');
const HOST_GLOBALS = [
  ...banNames(CONSOLE, 'console'),
  ...banNames(PROCESS, 'process'),
  ...banNames(RANDOM, 'crypto'),
  ...banNames(GLOBAL_OBJECT, 'globalThis', 'global', 'navigator'),
];
const RUN_GLOBALS = [
  ...wallClock(CLOCK),
  ...HOST_GLOBALS,
  ...banNames(TIMERS, 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'scheduler'),
  ...banNames(PROMISE, 'Promise', 'fetch'),
  ...banNames(COLLECTED, 'WeakRef', 'FinalizationRegistry'),
  ...banNames(LOCALE, 'Intl'),
];
const RANDOM_BANS = banMembers('Math', RANDOM, 'random');
const LOCALE_BANS = ['localeCompare', 'toLocaleString', 'toLocaleLowerCase', 'toLocaleUpperCase'].map((property) => ({
  property,
  message: LOCALE,
}));
const TRANSCENDENTAL_BANS = banMembers(
  'Math',
  'Its last bit may differ between engines: use integer arithmetic or a table.',
  ...['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh'],
  ...['exp', 'expm1', 'log', 'log1p', 'log2', 'log10', 'pow', 'cbrt', 'hypot'],
);

const NODE_IMPORT_BANS = {
  paths: builtinModules
    .filter((name) => !name.startsWith('_'))
    .map((name) => ({ name, message: 'Only framework/cli, framework/vitest and properties may use Node itself.' })),
  patterns: [{ regex: '^node:', message: 'Only framework/cli, framework/vitest and properties may use Node itself.' }],
};

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '.faultline/', 'histories/']),
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
      'no-restricted-syntax': ['error', ...SYNTAX_BANS, ...DEFAULT_EXPORT_BANS],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // `disk.get<V>(key)`: the caller names the type it wrote.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // A string is spread into its code points, which is what a diagram wants to count.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
    },
  },
  {
    name: 'faultline/tools read their settings from a default export',
    files: ['**/*.config.{js,ts}', '.dependency-cruiser.js'],
    rules: { 'no-restricted-syntax': ['error', ...SYNTAX_BANS] },
  },
  {
    name: 'faultline/framework: only the edges know the machine',
    files: ['framework/**/*.ts'],
    ignores: EDGES,
    rules: {
      'no-restricted-globals': ['error', ...wallClock(CLOCK_OUTSIDE), ...HOST_GLOBALS],
      'no-restricted-properties': ['error', ...RANDOM_BANS, ...LOCALE_BANS],
      'no-restricted-imports': ['error', NODE_IMPORT_BANS],
    },
  },
  {
    name: 'faultline/determinism: what a run executes, and what judges it',
    files: [...SIMULATOR, ...JUDGES, MODELS],
    rules: {
      'no-restricted-globals': ['error', ...RUN_GLOBALS],
      'no-restricted-properties': ['error', ...RANDOM_BANS, ...LOCALE_BANS],
      'no-restricted-imports': ['error', NODE_IMPORT_BANS],
      'no-restricted-syntax': ['error', ...SYNTAX_BANS, ...DEFAULT_EXPORT_BANS, ...ASYNC_BANS, ...FOR_IN_BANS],
    },
  },
  {
    name: 'faultline/determinism: arithmetic of what a run executes',
    files: [...SIMULATOR, MODELS],
    rules: {
      'no-restricted-properties': ['error', ...RANDOM_BANS, ...LOCALE_BANS, ...TRANSCENDENTAL_BANS],
      'no-restricted-syntax': [
        'error',
        ...[...SYNTAX_BANS, ...DEFAULT_EXPORT_BANS, ...ASYNC_BANS, ...FOR_IN_BANS, ...POWER_BANS],
      ],
    },
  },
  {
    name: 'faultline/kernel hashes and copies key by key in measured hot paths',
    files: ['framework/kernel/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...SYNTAX_BANS, ...DEFAULT_EXPORT_BANS, ...ASYNC_BANS, ...POWER_BANS],
    },
  },
);
