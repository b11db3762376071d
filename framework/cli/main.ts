#!/usr/bin/env node
/** The `faultline` command: reads the arguments, calls one command, and turns its answer into an exit code. */
import { availableParallelism } from 'node:os';
import { cac } from 'cac';
import { checkHistory } from './check.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { DEFAULT_STRATEGY, isStrategy, STRATEGY_NAMES, type StrategyName } from '../explore/strategy.js';
import { cut } from '../report/describe.js';
import type { CiOptions } from './ci-report.js';
import { ignoredVariables, requireKnownVariables } from './environment.js';
import { explore } from './explore.js';
import { requireFolder, STANDARD_INPUT } from './files.js';
import { FINDINGS_FOLDER, GOLDEN_FOLDER, REGRESSIONS_FOLDER } from './folders.js';
import { gate } from './gate.js';
import { golden } from './golden.js';
import { init } from './init.js';
import { DOCUMENT_NAMES, jsonSchemaOf } from './json-output.js';
import { list as listSystems } from './list.js';
import { loadSpec } from './load-spec.js';
import { loadSystems, selectSystems } from './load-systems.js';
import { merge } from './merge.js';
import { consistencyQuestion, isolationQuestion } from './questions.js';
import { runRegressions } from './regressions.js';
import { openFinding } from './open.js';
import { readFinding, replayFinding } from './replay.js';
import { complete } from './completion.js';
import { completionScript, SHELLS } from './completion-scripts.js';
import { columnsOf, notice } from './terminal.js';
import type { SeedRange } from './seed-range.js';
import { parseShard, shardOf, WHOLE, type Shard } from './shard.js';
import { nearestNames, unknownName } from './unknown-name.js';
import { UsageError, WrongCall } from './usage-error.js';
import { VERSION } from './version.js';
import { requireWholeNumber } from './whole-number.js';

type Flags = Readonly<Record<string, unknown>>;

/** `maxFindings` is `--max-findings` on the command line. */
const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function count(flags: Flags, name: string, min: 0 | 1): number | undefined {
  const value = flags[name];
  return value === undefined ? undefined : requireWholeNumber(`--${kebab(name)}`, value, min);
}

/** More threads than that only cost memory, if they can be had at all. */
const WORKERS_MAX = Math.max(16, 4 * availableParallelism());

function workersOf(flags: Flags): number | undefined {
  const workers = count(flags, 'workers', 1);
  if (workers === undefined || workers <= WORKERS_MAX) return workers;
  throw new WrongCall(`--workers takes at most ${WORKERS_MAX} on this machine; got ${workers}`);
}

function text(flags: Flags, name: string): string | undefined {
  const value = flags[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '') throw new WrongCall(`--${name} takes a value`);
  return value;
}

function strategyNamed(name: string = DEFAULT_STRATEGY): StrategyName {
  if (!isStrategy(name)) throw new WrongCall(`unknown strategy '${name}'; known: ${STRATEGY_NAMES.join(', ')}`);
  return name;
}

/** A value given as `a,b` or as `--name a --name b`. */
function list(flags: Flags, name: string): string[] {
  const given: unknown[] = flags[name] === undefined ? [] : [flags[name]].flat();
  return given.flatMap((one) => {
    const parts = typeof one === 'string' ? one.split(',').filter((part) => part !== '') : [];
    if (parts.length === 0) throw new WrongCall(`--${name} takes names, separated by commas`);
    return parts;
  });
}

/** The part of the campaign that is to be run, and what CI is to keep of it. */
function ciOptions(
  flags: Flags,
  asked: {
    readonly systems: string | undefined;
    readonly strategy: StrategyName;
    readonly faultsMax: number | undefined;
    readonly verify: boolean;
    readonly timeSeconds: number | undefined;
    readonly seeds: SeedRange;
  },
): { readonly shard: Shard; readonly part: SeedRange; readonly ci: CiOptions | undefined } {
  // `--shard 2` is taken for a number.
  const named = typeof flags.shard === 'number' ? String(flags.shard) : text(flags, 'shard');
  const shard = named === undefined ? WHOLE : parseShard('--shard', named);
  const part = shardOf(asked.seeds, shard);
  const folder = text(flags, 'ci');
  if (folder === undefined) return { shard, part, ci: undefined };
  const { strategy, verify, seeds, systems = null, faultsMax = null, timeSeconds = null } = asked;
  const all = Number.isFinite(seeds.count) ? seeds.count : null;
  const settings = { systems, strategy, faultsMax, verify, from: seeds.from, seeds: all, timeSeconds };
  return { shard, part, ci: { folder, shard, settings } };
}

const JSON_DESCRIPTION = 'Print one JSON document and nothing else; faultline schema says what is in it';

const cli = cac('faultline');
let pending: Promise<ExitCode> | undefined;
const run = (command: () => Promise<ExitCode>) => {
  pending = command();
};

cli
  .command('explore [...systems]', 'Run systems over many seeds; shrink, save and print what fails')
  .option('--mutant <ids>', 'Run these mutants instead (comma-separated, or given more than once)')
  .option('--all-mutants', 'Run all mutants of the systems instead, and see that each is caught')
  .option('--seeds <n>', 'Seeds for each system (default 1000)')
  .option('--from <n>', 'The first seed (default 0)')
  .option('--strategy <name>', `How plans are chosen: ${STRATEGY_NAMES.join(', ')} (default ${DEFAULT_STRATEGY})`)
  .option('--faults <n>', 'The most faults in a run (default 5; exhaustive: 1, or 2)')
  .option('--time <seconds>', 'Stop each system after so many seconds (then --seeds has no default)')
  .option('--until-coverage-stable', 'Stop each system when its later seeds have shown next to nothing new')
  .option('--max-findings <n>', 'Stop each system after so many different findings')
  .option('--resume', 'Go on where an earlier explore of the same kind was stopped')
  .option('--save', `Also put what is found into ${REGRESSIONS_FOLDER}`)
  .option('--workers <n>', 'Threads (default: one for each core)')
  .option('--verify', 'Also check determinism: every seed three times, with other runs in between')
  .option('--systems <module>', 'The module that exports your systems (.js or .ts; default: the bundled models)')
  .option('--out <folder>', `Where findings are saved (default ${FINDINGS_FOLDER})`)
  .option('--details', 'Tell what each system went through, however many there are')
  .option('--json', JSON_DESCRIPTION)
  .option('--shard <i/n>', 'Run the i-th of n equal parts of the seeds; faultline merge puts their reports together')
  .option(
    '--ci <folder>',
    'Put report.json, junit.xml, summary.md and the findings there, and annotate in GitHub Actions',
  )
  .example('  faultline explore                            every system, and a mutant of each to see it catch bugs')
  .example('  faultline explore chain --seeds 20000 --from 5000')
  .example('  faultline explore --mutant CH-07,PBA-07      find these planted bugs')
  .example('  faultline explore --systems ./my-systems.ts --time 60 --verify')
  .action((names: string[], flags: Flags) => {
    run(async () => {
      const systemsModule = text(flags, 'systems');
      const all = await loadSystems(systemsModule);
      const mutants = list(flags, 'mutant');
      const showcase = names.length === 0 && mutants.length === 0;
      if (mutants.length > 0 && flags.allMutants === true)
        throw new WrongCall('--mutant and --all-mutants exclude each other');
      const timeSeconds = count(flags, 'time', 1);
      const untilCoverageStable = flags.untilCoverageStable === true;
      const strategy = strategyNamed(text(flags, 'strategy'));
      const faultsMax = count(flags, 'faults', 1);
      if (strategy === 'exhaustive' && faultsMax !== undefined && faultsMax > 2)
        throw new WrongCall(`exhaustive tries at most two faults together; got --faults ${faultsMax}`);
      const isBounded = timeSeconds !== undefined || untilCoverageStable;
      const verify = flags.verify === true;
      const { part, ci } = ciOptions(flags, {
        ...{ systems: systemsModule, strategy, faultsMax, verify, timeSeconds },
        seeds: {
          from: count(flags, 'from', 0) ?? 0,
          count: count(flags, 'seeds', 1) ?? (isBounded ? Infinity : 1_000),
        },
      });
      return explore({
        systems: selectSystems(all, names),
        systemsModule,
        mutants,
        showcase,
        allMutants: flags.allMutants === true,
        seeds: part.count,
        from: part.from,
        timeSeconds,
        untilCoverageStable,
        findingsMax: count(flags, 'maxFindings', 1),
        faultsMax,
        workers: workersOf(flags),
        resume: flags.resume === true,
        regressionsFolder: flags.save === true ? REGRESSIONS_FOLDER : undefined,
        verify,
        findingsFolder: text(flags, 'out') ?? FINDINGS_FOLDER,
        strategy,
        details: flags.details === true,
        json: flags.json === true,
        ci,
      });
    });
  });

cli
  .command('replay <file>', 'Run a saved finding again and compare it step by step')
  .option('--systems <module>', 'The module that exports your systems')
  .option('--json', JSON_DESCRIPTION)
  .option('--svg <file>', 'Draw the run: messages, faults, and what the failure follows from')
  .example('  faultline replay .faultline/findings/chain--ch-07--….json --svg why.svg')
  .action((file: string, flags: Flags) => {
    run(async () => {
      const systemsModule = text(flags, 'systems');
      const finding = readFinding(file);
      const systems = await loadSystems(systemsModule);
      const svg = text(flags, 'svg');
      return replayFinding({ path: file, finding, systems, systemsModule, svg, json: flags.json === true });
    });
  });

cli
  .command('open <file>', 'See a saved finding step by step: writes a page and opens it in the browser')
  .option('--systems <module>', 'The module that exports your systems')
  .option('--out <file>', `Where the page is written (default: in ${FINDINGS_FOLDER})`)
  .option('--no-open', 'Only write the page')
  .example('  faultline open .faultline/findings/chain--ch-07--….json')
  .action((path: string, flags: Flags) => {
    run(async () => {
      const systemsModule = text(flags, 'systems');
      const finding = readFinding(path);
      const systems = await loadSystems(systemsModule);
      return openFinding({
        path,
        finding,
        systems,
        systemsModule,
        out: text(flags, 'out'),
        browser: flags.open !== false,
      });
    });
  });

cli
  .command('check <history>', 'Judge a recorded history: JSON lines, Jepsen logs, EDN (- for standard input)')
  .option('--spec <name>', 'What it should behave like: register, key-value, fifo-queue, …')
  .option('--specs <module>', 'The module that exports your own specifications')
  .option('--consistency <model>', 'linearizability (default), sequential, causal-memory, pram, monotonic-reads, …')
  .option('--isolation <level>', 'For transactions, instead of --spec: serializable, strict-serializable, …')
  .option('--configurations <n>', 'Give up a search after so many configurations')
  .option('--svg <file>', 'Draw why it is not linearizable, if it is not')
  .option('--html <file>', 'The same as a page: point at an operation for an order that leads to it')
  .option('--json', JSON_DESCRIPTION)
  .example('  faultline check history.jsonl --spec register --svg why.svg')
  .example('  faultline check jepsen.edn --spec key-value --consistency read-your-writes,monotonic-reads')
  .example('  faultline check elle.edn --isolation serializable')
  .action((path: string, flags: Flags) => {
    run(async () => {
      const json = flags.json === true;
      const [isolation, consistency] = [text(flags, 'isolation'), text(flags, 'consistency')];
      const pictures = { svg: text(flags, 'svg'), html: text(flags, 'html') };
      const configurationsMax = count(flags, 'configurations', 1);
      if (isolation !== undefined) {
        for (const other of ['spec', 'specs', 'consistency', 'configurations', 'svg', 'html'])
          if (flags[other] !== undefined) throw new WrongCall(`--${other} says nothing of transactions' isolation`);
        return checkHistory({ path, question: isolationQuestion(isolation), spec: undefined, pictures, json });
      }
      const [name, module] = [text(flags, 'spec'), text(flags, 'specs')];
      const spec = await loadSpec(name, module);
      const source = { name: name ?? '', module };
      const question = consistencyQuestion(consistency, spec, { configurationsMax, source });
      if (pictures.svg !== undefined || pictures.html !== undefined)
        if (![undefined, 'linearizability'].includes(consistency))
          throw new WrongCall('--svg and --html draw why a history is not linearizable, and nothing else');
      return checkHistory({ path, question, spec, pictures, json });
    });
  });

cli
  .command(
    'regressions',
    `Run the findings kept in ${REGRESSIONS_FOLDER}: systems must not fail, mutants must stay caught`,
  )
  .option('--update', 'Record new digests of findings that still fail in the same way')
  .option('--folder <folder>', `Default ${REGRESSIONS_FOLDER}`)
  .option('--systems <module>', 'The module that exports your systems')
  .option('--json', JSON_DESCRIPTION)
  .action((flags: Flags) => {
    run(async () => {
      const systems = await loadSystems(text(flags, 'systems'));
      const named = text(flags, 'folder');
      if (named !== undefined) requireFolder(named, 'name the one that keeps your findings');
      const [update, json] = [flags.update === true, flags.json === true];
      return runRegressions(systems, { folder: named ?? REGRESSIONS_FOLDER, update, json });
    });
  });

cli
  .command('golden [...systems]', `Rewrite the digests in ${GOLDEN_FOLDER}, or compare with them`)
  .option('--check', 'Only compare; exit code 1 if a digest changed')
  .option('--folder <folder>', `Default ${GOLDEN_FOLDER}`)
  .option('--systems <module>', 'The module that exports your systems')
  .option('--json', JSON_DESCRIPTION)
  .action((names: string[], flags: Flags) => {
    run(async () => {
      const systems = selectSystems(await loadSystems(text(flags, 'systems')), names);
      const check = flags.check === true;
      const named = text(flags, 'folder');
      if (named !== undefined && check) requireFolder(named, 'golden without --check makes it');
      return golden(systems, { check, folder: named ?? GOLDEN_FOLDER, json: flags.json === true });
    });
  });

cli
  .command('gate [...systems]', 'What a change must pass: kept findings first, then golden digests, then new seeds')
  .option('--seeds <n>', 'Seeds for each system (default 1000)')
  .option('--from <n>', 'The first seed (default 0)')
  .option('--workers <n>', 'Threads (default: one for each core)')
  .option('--regressions <folder>', `Kept findings (default ${REGRESSIONS_FOLDER}, if there is one)`)
  .option('--golden <folder>', `Golden digests (default ${GOLDEN_FOLDER}, if there is one)`)
  .option('--systems <module>', 'The module that exports your systems')
  .option('--out <folder>', `Where new findings are saved (default ${FINDINGS_FOLDER})`)
  .option('--shard <i/n>', 'Run the i-th of n equal parts; the first one looks at what is kept')
  .option(
    '--ci <folder>',
    'Put report.json, junit.xml, summary.md and the findings there, and annotate in GitHub Actions',
  )
  .example('  faultline gate --systems ./my-systems.ts --seeds 5000 --shard 2/5 --ci .faultline/ci')
  .action((names: string[], flags: Flags) => {
    run(async () => {
      const systemsModule = text(flags, 'systems');
      const all = await loadSystems(systemsModule);
      const strategy = DEFAULT_STRATEGY;
      const { shard, part, ci } = ciOptions(flags, {
        ...{ systems: systemsModule, strategy, faultsMax: undefined, verify: false, timeSeconds: undefined },
        seeds: { from: count(flags, 'from', 0) ?? 0, count: count(flags, 'seeds', 1) ?? 1_000 },
      });
      const kept = { regressions: text(flags, 'regressions'), golden: text(flags, 'golden') };
      for (const folder of Object.values(kept))
        if (folder !== undefined) requireFolder(folder, 'leave the option out if you keep none');
      return gate({
        all,
        systems: selectSystems(all, names),
        systemsModule,
        regressionsFolder: kept.regressions ?? REGRESSIONS_FOLDER,
        goldenFolder: kept.golden ?? GOLDEN_FOLDER,
        findingsFolder: text(flags, 'out') ?? FINDINGS_FOLDER,
        workers: workersOf(flags),
        strategy,
        shard,
        part,
        ci,
      });
    });
  });

cli
  .command('merge [...reports]', "Put the shards' report.json together into the report of the whole")
  .option('--ci <folder>', 'Put report.json, junit.xml, summary.md and the findings of the whole there')
  .example('  faultline merge shards/*/report.json --ci .faultline/ci')
  .action((paths: string[], flags: Flags) => {
    run(() => Promise.resolve(merge(paths, { folder: text(flags, 'ci') })));
  });

cli
  .command('list [...systems]', 'The systems, what they promise, the faults they bear, and their mutants')
  .option('--systems <module>', 'The module that exports your systems')
  .option('--json', JSON_DESCRIPTION)
  .action((names: string[], flags: Flags) => {
    run(async () => {
      const systems = selectSystems(await loadSystems(text(flags, 'systems')), names);
      return listSystems(systems, { json: flags.json === true });
    });
  });

cli
  .command('init [folder]', 'Write a working starter: a protocol, its specification, a test, a CI file')
  .option('--ci <name>', 'The CI to write a file for: github (default), gitlab, none')
  .example('  faultline init my-protocol    a project of its own')
  .example('  faultline init                into the vitest project that is here')
  .action((folder: string | undefined, flags: Flags) => {
    run(() => Promise.resolve(init(folder ?? '.', { ci: text(flags, 'ci') })));
  });

cli
  .command('schema <command>', `The JSON Schema of what --json prints: ${DOCUMENT_NAMES.join(', ')}`)
  .action((command: string) => {
    run(() => {
      process.stdout.write(`${jsonSchemaOf(command)}\n`);
      return Promise.resolve(EXIT.clean);
    });
  });

cli
  .command('completion <shell>', `Print completions for a shell: ${SHELLS.join(', ')}`)
  .example('  source <(faultline completion bash)                                     in ~/.bashrc')
  .example('  source <(faultline completion zsh)                                      in ~/.zshrc, after compinit')
  .example('  faultline completion fish > ~/.config/fish/completions/faultline.fish')
  .action((shell: string) => {
    run(() => {
      process.stdout.write(completionScript(shell));
      return Promise.resolve(EXIT.clean);
    });
  });

cli.help((sections) => [
  ...sections,
  {
    title: 'Exit codes',
    body: '  0 clean   1 findings   2 wrong usage   3 inconclusive (too little was exercised, interrupted, or not reproduced)',
  },
]);
cli.version(VERSION);

/**
 * What cac takes for options: `--seeds -5` as `--seeds=-5`, which would be reported as unknown, and `check -`, which would be
 * dropped, with the name of the file that it stands for.
 */
function withDashes(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of words) {
    const before = joined.at(-1);
    if (before?.startsWith('--') === true && /^-\d/.test(word)) joined[joined.length - 1] = `${before}=${word}`;
    else if (before === 'check' && word === '-') joined.push(STANDARD_INPUT);
    else joined.push(word);
  }
  return joined;
}

/** Where the author's code threw; a few lines, none of them longer than the screen is wide. */
function stackOf(error: unknown): string {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 6) : [];
  return lines.map((line) => `${cut(line.replace(/data:text.*filePath=/, ''), columnsOf(process.stderr))}\n`).join('');
}

function unknownCommand(name: string): string {
  const names = cli.commands.map((command) => command.name);
  return unknownName('command', name, names, 'faultline --help');
}

/** What cac says of an option that it does not know, with those of the command that are like it. */
function withSuggestion(message: string): string {
  const [, option] = /^Unknown option `--([^`]+)`$/.exec(message) ?? [];
  if (option === undefined) return message;
  const known = (cli.matchedCommand?.options ?? []).map(({ name }) => kebab(name));
  const near = nearestNames(kebab(option), known).map((name) => `--${name}`);
  return `unknown option --${kebab(option)}${near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`}`;
}

async function main(): Promise<ExitCode> {
  const [asked, ...words] = process.argv.slice(2);
  // What the scripts of `faultline completion` call. It is no command, for its words are another command's.
  if (asked === 'complete') return complete(cli, words);
  try {
    cli.parse(withDashes(process.argv), { run: false });
    if (cli.options.help === true || cli.options.version === true) return EXIT.clean;
    if (cli.matchedCommand === undefined) {
      const given = cli.args[0];
      if (given === undefined) cli.outputHelp();
      throw new WrongCall(given === undefined ? 'name a command' : unknownCommand(given));
    }
    requireKnownVariables(process.env);
    if (['explore', 'gate'].includes(cli.matchedCommand.name))
      for (const line of ignoredVariables(process.env)) notice(`faultline: ${line}\n`);
    cli.runMatchedCommand();
    return (await pending) ?? EXIT.clean;
  } catch (error) {
    if (error instanceof WrongCall || (error instanceof Error && error.name === 'CACError')) {
      const command = cli.matchedCommand === undefined ? '' : `${cli.matchedCommandName} `;
      notice(`faultline: ${withSuggestion(error.message)}\nSee faultline ${command}--help.\n`);
      return EXIT.usage;
    }
    if (error instanceof UsageError) {
      notice(`faultline: ${error.message}\n`);
      return EXIT.usage;
    }
    // By name: it may come from another thread.
    if (error instanceof Error && error.name === 'NoPlan') {
      notice(`faultline: ${error.message}\n${stackOf(error.cause)}`);
      return EXIT.usage;
    }
    throw error;
  }
}

// `faultline explore 2>&1 | head` closes the pipe early; that is no failure.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode ?? EXIT.inconclusive);
  });
process.exitCode = await main();
