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
import {
  checkConsistency,
  checkKAtomicity,
  checkSequentialConsistency,
  checkStaleness,
  readHistory,
  type AnyOperation,
  type Entry,
  type History,
  type Spec,
} from 'faultline';
import { keyValue, register, textKeyValue, type KeyValueOperation, type RegisterOperation } from 'faultline/models';
import { decideKey } from '../framework/checkers/linearizability/decision.js';
import { groupByKey } from '../framework/checkers/linearizability/groups.js';
import { searchLinearization } from './fixtures/wing-gong-lowe.js';
import { table, type Cell } from '../framework/cli/table.js';
import { time } from '../framework/kernel/time.js';
import type { Random } from '../framework/kernel/random.js';
import { syntheticHistory } from './fixtures/synthetic-history.js';

type AnySpec = Spec<unknown, AnyOperation>;

interface Family {
  readonly name: string;
  readonly spec: AnySpec;
  readonly histories: () => readonly History[];
  /** Another question than linearizability, which has no baseline. */
  readonly judge?: (history: History) => string;
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

const EXTERNAL = process.env.EXTERNAL_DATA ?? '../shared/data';

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

const onUniqueKeys = (random: Random, place: number): KeyValueOperation => {
  const key = `k${random.below(100)}`;
  return random.below(2) === 0 ? { kind: 'get', key } : { kind: 'put', key, value: place };
};

const weaker: readonly Family[] = [
  ...(['PRAM', 'causal consistency', 'causal memory', 'causal convergence'] as const).map((model) => ({
    name: model,
    judge: (history: History) => checkConsistency(history, keyValue as AnySpec, model).verdict,
  })),
  {
    name: 'sequential consistency, one old read',
    judge: (history: History) => checkSequentialConsistency(history, keyValue as AnySpec).verdict,
  },
  { name: 'staleness', judge: (history: History) => checkStaleness(history, keyValue as AnySpec).verdict },
  { name: '2-atomicity', judge: (history: History) => checkKAtomicity(history, keyValue as AnySpec, { k: 2 }).verdict },
].map(({ name, judge }) => ({
  name: `${name}: 100 keys, 10 processes`,
  spec: keyValue,
  judge,
  histories: () => {
    const history: Entry[] = syntheticHistory(keyValue, {
      seed: 'weaker',
      operations: 100_000,
      processes: 10,
      operation: onUniqueKeys,
    });
    if (!name.includes('old read')) return [history];
    const at = time(history.length);
    const operation = { kind: 'get', key: 'k0' };
    return [
      [
        ...history,
        { type: 'invoke', process: 99, time: at, operation },
        { type: 'ok', process: 99, time: at, result: null },
      ],
    ];
  },
}));

/** The decision alone, without explaining. */
function decide(history: History, spec: AnySpec): string {
  let verdict = 'valid';
  for (const group of groupByKey(history, spec).groups) {
    const { kind } = decideKey(group, spec, { configurationsMax: 1e9, frontierMax: 1e7 }).outcome;
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

function measure({ spec, judge, histories: make }: Family): Measured {
  const histories = make();
  const times: number[] = [];
  let verdicts: string[] = [];
  let peakMb = 0;
  for (let spent = 0; times.length < ROUNDS_MIN || spent < ROUNDS_MILLIS; spent += times.at(-1) ?? 0)
    times.push(
      millisOf(() => {
        verdicts = histories.map(judge ?? ((history) => decide(history, spec)));
        // Of the first round: the others add the garbage of those before.
        peakMb ||= process.resourceUsage().maxRSS / 1_000;
      }),
    );
  let baselineDecided = 0;
  const baselineMillis = millisOf(() => {
    for (const history of judge === undefined ? histories : []) if (decidePlainly(history, spec)) baselineDecided++;
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

const all = [...families, ...weaker];

/** Measures a family in a process of its own. */
function measureApart(family: Family): Measured {
  process.stderr.write(`${family.name} …\n`);
  const child = [...process.execArgv, fileURLToPath(import.meta.url), String(all.indexOf(family))];
  const output = execFileSync(process.execPath, child, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(output) as Measured;
}

const cells = (name: string, { operations, verdicts, millis, peakMb }: Measured): Cell[] => [
  name,
  operations,
  verdicts,
  millis.toFixed(millis < 10 ? 1 : 0),
  Math.round(peakMb),
];

const chosen = process.argv[2];
if (chosen === undefined) {
  const headings = ['operations', 'verdict', 'median ms', 'peak MB'];
  const rows = families.map((family): Cell[] => {
    const one = measureApart(family);
    const baseline =
      one.baselineDecided === one.histories
        ? (one.baselineMillis / one.millis).toFixed(1)
        : `decided ${one.baselineDecided} of ${one.histories} in ${Math.round(one.baselineMillis)} ms`;
    return [...cells(family.name, one), baseline];
  });
  process.stdout.write(`${table(['linearizability', ...headings, 'times as fast as plain Wing-Gong-Lowe'], rows)}\n\n`);
  const others = weaker.map((family) => cells(family.name, measureApart(family)));
  process.stdout.write(`${table(['other questions', ...headings], others)}\n`);
} else {
  const family = all[Number(chosen)];
  if (family === undefined) throw new Error(`there are ${all.length} families, not ${chosen}`);
  process.stdout.write(JSON.stringify(measure(family)));
}
