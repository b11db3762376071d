/**
 * `faultline complete`: what could come next on the command line, by the table of commands itself. Options that a command
 * gains are completed without a line here; what values they take is known by the names in the table.
 */
import type { CAC, Command } from 'cac';
import { NAMED_MODELS } from '../checkers/consistency.js';
import { SESSION_GUARANTEES } from '../checkers/consistency/session-order.js';
import { LEVELS } from '../checkers/isolation.js';
import { STRATEGY_NAMES } from '../explore/strategy.js';
import { SHELLS } from './completion-scripts.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { FINDINGS_FOLDER, REGRESSIONS_FOLDER } from './folders.js';
import { CIS } from './init.js';
import { DOCUMENT_NAMES } from './json-output.js';
import { specNames } from './load-spec.js';
import { loadSystems } from './load-systems.js';
import { hyphened } from './questions.js';
import { regressionFiles } from './regressions.js';

/** A word, and what it means. */
type Candidate = readonly [word: string, meaning: string];

/** The command line as far as it is typed. */
interface Typed {
  readonly command: Command;
  /** Words that are neither options nor their values. */
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, string>;
}

const plain = (words: readonly string[]): Candidate[] => words.map((word) => [word, '']);

/**
 * By the name of an argument or an option, as in `<file>` and `--spec <name>`; after that of its command where others mean
 * something else by it. What is not here are files.
 */
const VALUES: Readonly<Record<string, (typed: Typed) => readonly Candidate[] | Promise<readonly Candidate[]>>> = {
  systems: async (typed) => (await systemsOf(typed)).map(({ name, title }) => [name, title]),
  async '--mutant'(typed) {
    const systems = await systemsOf(typed);
    const chosen = systems.filter(({ name }) => typed.words.includes(name));
    // Systems of one family have mutants in common.
    const ids = new Map<string, string>();
    for (const { mutants } of chosen.length > 0 ? chosen : systems)
      for (const [id, { breaks }] of Object.entries(mutants)) if (!ids.has(id)) ids.set(id, breaks);
    return [...ids];
  },
  '--strategy': () => plain(STRATEGY_NAMES),
  '--spec': async ({ options }) => plain(await specNames(options.get('--specs'))),
  '--consistency': () => plain(['linearizability', 'sequential', ...NAMED_MODELS, ...SESSION_GUARANTEES].map(hyphened)),
  '--isolation': () => plain(LEVELS.map(hyphened)),
  'init --ci': () => plain(CIS),
  shell: () => plain(SHELLS),
  command: () => plain(DOCUMENT_NAMES),
  file: () => plain([FINDINGS_FOLDER, REGRESSIONS_FOLDER].flatMap(regressionFiles)),
};

const systemsOf = ({ options }: Typed) => loadSystems(options.get('--systems'));

/** Prints what may stand in the place of the last of `words`, those after `--`; nothing if that is a file's name. */
export async function complete(cli: CAC, words: readonly string[]): Promise<ExitCode> {
  const typed = words[0] === '--' ? words.slice(1) : words;
  for (const [word, meaning] of await candidates(cli, typed.slice(0, -1), typed.at(-1) ?? ''))
    process.stdout.write(`${word}\t${meaning}\n`);
  return EXIT.clean;
}

/** What may stand in the place of `current`, after the words `before`, the first of which is a command. */
export async function candidates(cli: CAC, before: readonly string[], current: string): Promise<readonly Candidate[]> {
  const [name, ...rest] = before;
  if (name === undefined) {
    const options = current.startsWith('-') ? optionsOf(cli.globalCommand) : [];
    return matching([...cli.commands.map((one): Candidate => [one.name, one.description]), ...options], current);
  }
  const command = cli.commands.find((one) => one.isMatched(name));
  if (command === undefined) return [];
  const { waiting, ...typed } = read(command, rest);
  const [, option, value] = /^(--[^=]+)=(.*)$/.exec(current) ?? [];
  if (waiting === undefined && option === undefined && current.startsWith('-'))
    return matching([...optionsOf(command), ...optionsOf(cli.globalCommand)], current);
  const asked = waiting ?? option ?? argumentAt(command, typed.words.length);
  const values = asked === undefined ? [] : await (VALUES[`${command.name} ${asked}`] ?? VALUES[asked])?.(typed);
  return listed(values ?? [], option === undefined ? '' : `${option}=`, value ?? current);
}

const matching = (all: readonly Candidate[], start: string): Candidate[] =>
  all.filter(([word]) => word.startsWith(start));

/** Those that continue `current`, which may be a list with commas; each as the whole word, after `before`. */
function listed(values: readonly Candidate[], before: string, current: string): Candidate[] {
  const comma = current.lastIndexOf(',') + 1;
  const earlier = current.slice(0, comma).split(',');
  return matching(values, current.slice(comma))
    .filter(([word]) => !earlier.includes(word))
    .map(([word, meaning]) => [`${before}${current.slice(0, comma)}${word}`, meaning]);
}

/** `--mutant <ids>` and `-h, --help` as they are typed. */
const optionsOf = ({ options }: Command): Candidate[] =>
  options.flatMap(({ rawName, description }) =>
    [...rawName.matchAll(/--[\w-]+/g)].map(([word]): Candidate => [word, description]),
  );

const takesValue = (command: Command, word: string): boolean =>
  command.options.some(({ rawName, isBoolean }) => isBoolean !== true && rawName.split(/[ ,]+/).includes(word));

/** The name of the argument number `index`. */
function argumentAt({ args }: Command, index: number): string | undefined {
  const last = args.at(-1);
  return args[index]?.value ?? (last?.variadic === true ? last.value : undefined);
}

/** The words after a command's name; `waiting` is the option whose value comes next. */
function read(command: Command, rest: readonly string[]): Typed & { readonly waiting: string | undefined } {
  const words: string[] = [];
  const options = new Map<string, string>();
  let waiting: string | undefined;
  for (const word of rest) {
    const [option = '', value] = word.split('=', 2);
    if (waiting !== undefined) {
      options.set(waiting, word);
      waiting = undefined;
    } else if (!word.startsWith('-')) words.push(word);
    else if (value !== undefined) options.set(option, value);
    else if (takesValue(command, word)) waiting = word;
  }
  return { command, words, options, waiting };
}
