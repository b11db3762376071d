/**
 * `npm run bench:checkers`: how fast linearizability is decided, on synthetic families and, where they are, on the
 * histories of others in ../shared/data. Each family runs in a process of its own, so that its peak memory can be told,
 * the history included.
 * The baseline is the project's own plain Wing-Gong-Lowe search, within 256 MB of configurations. Reading the files is not
 * counted; grouping by key is, on both sides.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readHistory, type AnyOperation, type History, type Spec } from 'faultline';
import { keyValue, register, textKeyValue, type KeyValueOperation, type RegisterOperation } from 'faultline/models';
import { searchFrontier } from '../framework/checkers/linearizability/frontier-search.js';
import { groupByKey } from '../framework/checkers/linearizability/groups.js';
import { asUniqueWrites, firstIllegalReturn } from '../framework/checkers/linearizability/unique-writes.js';
import { searchLinearization } from './fixtures/wing-gong-lowe.js';
import { table, type Cell } from '../framework/cli/table.js';
import type { Random } from '../framework/kernel/random.js';
import { syntheticHistory } from './fixtures/synthetic-history.js';

type AnySpec = Spec<unknown, AnyOperation>;

interface Family {
  readonly name: string;
  readonly spec: AnySpec;
  readonly histories: () => readonly History[];
}

interface Measured {
  readonly operations: number;
  readonly verdicts: string;
  readonly millis: number;
  readonly peakMb: number;
  /** How many histories the baseline decided, and how long it took for all. */
  readonly baselineDecided: number;
  readonly baselineMillis: number;
  readonly histories: number;
}

/** At least so many rounds, and more of what is short: until they have taken so long together. */
const ROUNDS_MIN = 3;
const ROUNDS_MILLIS = 2_000;
const BASELINE_BYTES = 256e6;

const onRegister = (random: Random): RegisterOperation =>
  random.below(2) === 0 ? { kind: 'read' } : { kind: 'write', value: random.below(5) };
const onUnique = (random: Random, place: number): RegisterOperation =>
  random.below(2) === 0 ? { kind: 'read' } : { kind: 'write', value: place };
const onKeys = (random: Random): KeyValueOperation => {
  const key = `k${random.below(100)}`;
  return random.below(2) === 0 ? { kind: 'get', key } : { kind: 'put', key, value: random.below(5) };
};

const synthetic = (options: {
  readonly processes: number;
  readonly infoPerMillion?: number;
  readonly staleAfter?: number;
}): Family => {
  const { processes, infoPerMillion = 0, staleAfter } = options;
  const unknown = infoPerMillion > 0 ? `, ${infoPerMillion / 10_000} % unknown` : '';
  return {
    name: `register, 5 values, ${processes} processes${unknown}${staleAfter === undefined ? '' : ', stale at 90 %'}`,
    spec: register,
    histories: () => [
      syntheticHistory(register, {
        seed: 'bench',
        operations: 100_000,
        processes,
        operation: onRegister,
        infoPerMillion,
        ...(staleAfter !== undefined && { staleAfter }),
      }),
    ],
  };
};

const EXTERNAL = process.env.FAULTLINE_EXTERNAL_DATA ?? '../shared/data';

const external = (name: string, folder: string, spec: AnySpec): readonly Family[] => {
  const path = join(EXTERNAL, folder);
  if (!existsSync(path)) return [];
  const histories = () =>
    readdirSync(path)
      .sort()
      .map((file) => {
        const read = readHistory(readFileSync(join(path, file), 'utf8'));
        if (read.kind === 'malformed') throw new Error(`${file}: ${JSON.stringify(read.problems)}`);
        return read.history;
      });
  return [{ name: `${name} (${readdirSync(path).length} files)`, spec, histories }];
};

const families: readonly Family[] = [
  ...external('etcd register logs', 'linearizability/etcd', register),
  ...external('key-value histories', 'linearizability/kv', textKeyValue),
  ...[5, 10, 20].flatMap((processes) => [
    synthetic({ processes }),
    synthetic({ processes, staleAfter: 90_000 }),
    synthetic({ processes, infoPerMillion: 10_000 }),
    synthetic({ processes, infoPerMillion: 10_000, staleAfter: 90_000 }),
  ]),
  {
    name: 'register, all values different, 20 processes',
    spec: register,
    histories: () => [
      syntheticHistory(register, { seed: 'bench', operations: 100_000, processes: 20, operation: onUnique }),
    ],
  },
  {
    name: 'key-value, 100 keys, 50 processes',
    spec: keyValue,
    histories: () => [
      syntheticHistory(keyValue, { seed: 'bench', operations: 1_000_000, processes: 50, operation: onKeys }),
    ],
  },
];

/** The decision alone, without explaining. */
function decide(history: History, spec: AnySpec): string {
  let verdict = 'valid';
  for (const group of groupByKey(history, spec).groups) {
    const writes = asUniqueWrites(group, spec);
    const kind =
      writes === undefined
        ? searchFrontier(group, spec, { configurationsMax: 1e9, frontierMax: 1e7 }).kind
        : firstIllegalReturn(group, writes) === undefined
          ? 'legal'
          : 'illegal';
    if (kind === 'illegal') return 'invalid';
    if (kind === 'exhausted') verdict = 'unknown';
  }
  return verdict;
}

/** Whether plain Wing-Gong-Lowe decided. */
function decidePlainly(history: History, spec: AnySpec): boolean {
  for (const group of groupByKey(history, spec).groups) {
    const bytes = 4 * ((group.operations.length + 31) >> 5) + 32;
    const { kind } = searchLinearization(group, spec, Math.floor(BASELINE_BYTES / bytes));
    if (kind === 'illegal') return true;
    if (kind === 'exhausted') return false;
  }
  return true;
}

const millisOf = (body: () => void): number => {
  const before = process.hrtime.bigint();
  body();
  return Number(process.hrtime.bigint() - before) / 1e6;
};

function measure({ spec, histories: make }: Family): Measured {
  const histories = make();
  const times: number[] = [];
  let verdicts: string[] = [];
  let peakMb = 0;
  for (let spent = 0; times.length < ROUNDS_MIN || spent < ROUNDS_MILLIS; spent += times.at(-1) ?? 0)
    times.push(
      millisOf(() => {
        verdicts = histories.map((history) => decide(history, spec));
        // Of the first round: the others add the garbage of those before.
        peakMb ||= process.resourceUsage().maxRSS / 1_000;
      }),
    );
  let baselineDecided = 0;
  const baselineMillis = millisOf(() => {
    for (const history of histories) if (decidePlainly(history, spec)) baselineDecided++;
  });
  const tally = new Map<string, number>();
  for (const verdict of verdicts) tally.set(verdict, (tally.get(verdict) ?? 0) + 1);
  return {
    operations: histories.reduce((sum, history) => sum + history.filter(({ type }) => type === 'invoke').length, 0),
    verdicts: [...tally]
      .map(([verdict, count]) => (histories.length === 1 ? verdict : `${count} ${verdict}`))
      .join(', '),
    millis: times.sort((one, other) => one - other)[times.length >> 1] ?? 0,
    peakMb,
    baselineDecided,
    baselineMillis,
    histories: histories.length,
  };
}

const chosen = process.argv[2];
if (chosen === undefined) {
  const rows: Cell[][] = [];
  for (const [index, { name }] of families.entries()) {
    process.stderr.write(`${name} …\n`);
    const child = [...process.execArgv, fileURLToPath(import.meta.url), String(index)];
    const output = execFileSync(process.execPath, child, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    const one = JSON.parse(output) as Measured;
    const ratio = (one.baselineMillis / one.millis).toFixed(1);
    const baseline =
      one.baselineDecided === one.histories
        ? ratio
        : `decided ${one.baselineDecided} of ${one.histories} in ${Math.round(one.baselineMillis)} ms`;
    rows.push([
      name,
      one.operations,
      one.verdicts,
      one.millis.toFixed(one.millis < 10 ? 1 : 0),
      Math.round(one.peakMb),
      baseline,
    ]);
  }
  const headings = [
    'histories',
    'operations',
    'verdict',
    'median ms',
    'peak MB',
    'times as fast as plain Wing-Gong-Lowe',
  ];
  process.stdout.write(`${table(headings, rows)}\n`);
} else {
  const family = families[Number(chosen)];
  if (family === undefined) throw new Error(`there are ${families.length} families, not ${chosen}`);
  process.stdout.write(JSON.stringify(measure(family)));
}
