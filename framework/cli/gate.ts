/**
 * `faultline gate`: what a change of a repository must pass. First the kept findings, which take seconds, then the golden
 * digests, then new seeds. It stops at the first of the three that fails, and its last line says why.
 */
import type { StrategyName } from '../explore/strategy.js';
import type { CheckReport } from '../report/campaign-report.js';
import type { System } from '../simulation/system.js';
import { makeReport, prepareCiFolder, writeCiFolder, type CiOptions } from './ci-report.js';
import { declarationSites } from './declaration-site.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { explore } from './explore.js';
import { goldenProblem, keepsGolden } from './golden.js';
import { checkKeptFindings } from './kept-findings.js';
import type { SeedRange } from './seed-range.js';
import type { Shard } from './shard.js';
import { print as write } from './terminal.js';

export interface GateOptions {
  /** Kept findings may be of any of these. */
  readonly all: readonly System[];
  /** Those whose golden digests are compared, and which are explored. */
  readonly systems: readonly System[];
  readonly systemsModule: string | undefined;
  readonly regressionsFolder: string;
  /** Systems without a file in it keep no digests. */
  readonly goldenFolder: string;
  readonly findingsFolder: string;
  readonly strategy: StrategyName;
  readonly workers: number | undefined;
  /** The first one looks at what is kept. */
  readonly shard: Shard;
  readonly part: SeedRange;
  readonly ci: CiOptions | undefined;
}

export async function gate(options: GateOptions): Promise<ExitCode> {
  const { shard, part, ci } = options;
  if (ci !== undefined)
    prepareCiFolder(ci.folder, [options.findingsFolder, options.regressionsFolder, options.goldenFolder]);
  const checks: CheckReport[] = [];
  if (shard.index === 1) {
    for (const check of [regressionChecks, goldenChecks]) {
      const added = check(options);
      checks.push(...added);
      if (added.some(({ problem }) => problem !== null)) return refuse(checks, ci);
    }
  } else print(`gate: shard 1 of ${shard.of} looks at kept findings and golden digests`);
  const code = await explore({
    ...options,
    mutants: [],
    showcase: false,
    allMutants: false,
    seeds: part.count,
    from: part.from,
    timeSeconds: undefined,
    untilCoverageStable: false,
    findingsMax: undefined,
    faultsMax: undefined,
    verify: false,
    regressionsFolder: undefined,
    resume: false,
    details: false,
    json: false,
    checks,
  });
  print(`gate: ${SEEDS_SAY[code]}`);
  return code;
}

const SEEDS_SAY: Readonly<Record<ExitCode, string>> = {
  [EXIT.clean]: 'passed',
  [EXIT.findings]: 'FAILED: new seeds broke a promise, see above',
  [EXIT.usage]: 'FAILED: wrong usage',
  [EXIT.inconclusive]: 'FAILED: new seeds were inconclusive, see above',
};

const print = (line: string): void => write(`${line}\n`);

/** Ends at what is kept: new seeds would only hide it. */
function refuse(checks: readonly CheckReport[], ci: CiOptions | undefined): ExitCode {
  if (ci !== undefined)
    writeCiFolder(makeReport([], { complete: true, checks }, ci), { folder: ci.folder, annotate: true });
  const failed = checks.filter(({ problem }) => problem !== null);
  const [first] = failed;
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more, see above)` : '';
  print(`gate: FAILED: ${first?.suite}: ${first?.name}: ${first?.problem}${more}; no new seed was run`);
  return EXIT.findings;
}

function regressionChecks(options: GateOptions): CheckReport[] {
  return count('regressions', checkKeptFindings(options), options.regressionsFolder);
}

function goldenChecks({ systems, systemsModule, goldenFolder }: GateOptions): CheckReport[] {
  const siteOf = declarationSites(systemsModule);
  const kept = systems.filter((system) => keepsGolden(system, goldenFolder));
  const checks = kept.map((system): CheckReport => {
    const problem = goldenProblem(system, goldenFolder) ?? null;
    if (problem !== null) print(`✗ ${system.name}: ${problem}`);
    const site = problem === null ? null : siteOf(system.name, undefined);
    return { suite: 'golden digests', name: system.name, problem, site, failure: null };
  });
  return count('golden digests', checks, goldenFolder);
}

/** Says in a line how many there are of each kind. */
function count(suite: CheckReport['suite'], checks: CheckReport[], folder: string): CheckReport[] {
  const failed = checks.filter(({ problem }) => problem !== null).length;
  const told = `${checks.length - failed} passed, ${failed} failed`;
  print(`gate: ${suite}: ${checks.length === 0 ? `none are kept in ${folder}` : told}`);
  return checks;
}
