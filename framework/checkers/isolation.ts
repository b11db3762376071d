/**
 * Isolation of transactions: which of Adya's phenomena (A. Adya, "Weak Consistency", MIT 1999) a history shows. Found as
 * Elle does (VLDB 2020): what transactions read tells which came before which; a cycle among them is an anomaly, and the
 * kinds of its edges name it.
 */
import type { History } from '../history/entry.js';
import { invariant } from '../kernel/invariant.js';
import { formatTime } from '../kernel/time.js';
import type { Edge } from './dependency-graph.js';
import { dependenciesOf, PROCESS, REALTIME, RW, WR, WW, type TransactionGraph } from './isolation/dependencies.js';
import { transactionsOf, type Transaction, type TransactionOperation } from './isolation/transactions.js';
import type { CheckResult, Violation } from './verdict.js';

/**
 * What is promised, weakest first. Each forbids what those before it do.
 *
 * - `read uncommitted` (PL-1): G0, cycles of writes.
 * - `read committed` (PL-2): G1a aborted reads, G1b intermediate reads, G1c cycles of writes and reads.
 * - `snapshot isolation`: G-single, G-nonadjacent, cycles in which no two anti-dependencies follow one another (which
 *   needs no start times: A. Cerone, A. Gotsman, "Analysing snapshot isolation", PODC 2016); non-repeatable reads.
 * - `serializable` (PL-3, without predicates): G2-item, cycles with any anti-dependencies.
 * - `strong session serializable`: the same with the order of each process.
 * - `strict serializable`: the same with the order of real time.
 */
export type IsolationLevel = (typeof LEVELS)[number];

/** Weakest first. */
export const LEVELS = [
  'read uncommitted',
  'read committed',
  'snapshot isolation',
  'serializable',
  'strong session serializable',
  'strict serializable',
] as const;

/** A kind of cycle: edges of `kinds`, and of another kind exactly one, or some of which no two follow one another. */
interface Phenomenon {
  readonly name: string;
  readonly from: IsolationLevel;
  readonly kinds: number;
  readonly once?: number;
  readonly apart?: number;
}

const variants = (suffix: string, from: IsolationLevel, extra: number): Phenomenon[] => [
  { name: `G0${suffix}`, from, kinds: WW | extra },
  { name: `G1c${suffix}`, from, kinds: WW | WR | extra },
  { name: `G-single${suffix}`, from, kinds: WW | WR | extra, once: RW },
  { name: `G-nonadjacent${suffix}`, from, kinds: WW | WR | extra, apart: RW },
  { name: `G2-item${suffix}`, from, kinds: WW | WR | RW | extra },
];

/** In this order, so that each cycle gets the strongest name that it deserves. */
const PHENOMENA: readonly Phenomenon[] = [
  { name: 'G0', from: 'read uncommitted', kinds: WW },
  { name: 'G1c', from: 'read committed', kinds: WW | WR },
  { name: 'G-single', from: 'snapshot isolation', kinds: WW | WR, once: RW },
  { name: 'G-nonadjacent', from: 'snapshot isolation', kinds: WW | WR, apart: RW },
  { name: 'G2-item', from: 'serializable', kinds: WW | WR | RW },
  ...variants('-process', 'strong session serializable', PROCESS),
  ...variants('-realtime', 'strict serializable', PROCESS | REALTIME),
];

/** What is wrong with a single read is wrong at every level, but for these, which are from here on. */
const READS_FORBIDDEN_FROM: ReadonlyMap<string, IsolationLevel> = new Map([
  ['G1a', 'read committed'],
  ['G1b', 'read committed'],
  ['non-repeatable read', 'snapshot isolation'],
]);

/**
 * Judges `history` by `level`. Transactions append to lists, which tells their whole order, or write registers, which
 * tells little: a register's order is known only where a transaction read before it wrote, so most violations are missed.
 * Record lists if you can, and give each write a value of its own. What is found is real.
 *
 * - `invalid`: the transactions of the smallest cycle found, or of the read that is wrong by itself.
 * - `unknown`: no committed transaction read anything, or a value was written twice to one key.
 *
 * Throws for unknown levels, operations other than transactions, and for histories that are not well-formed. O(n log n) apart from the
 * search for a small cycle.
 */
export function checkIsolation(history: History<TransactionOperation>, level: IsolationLevel): CheckResult {
  invariant(LEVELS.includes(level), () => `unknown isolation level '${level}'; known: ${LEVELS.join(', ')}`);
  const transactions = transactionsOf(history);
  const { graph, anomalies, ambiguous, reads } = dependenciesOf(transactions);
  const committed = transactions.filter(({ status }) => status === 'committed').length;
  const seen = { transactions: transactions.length, committed, reads, edges: graph.edges.length };
  if (ambiguous !== undefined) return { verdict: 'unknown', reason: ambiguous, seen };
  const rank = LEVELS.indexOf(level);
  const wrong = anomalies.find(({ rule }) => {
    const from = READS_FORBIDDEN_FROM.get(rule);
    return from === undefined || LEVELS.indexOf(from) <= rank;
  });
  if (wrong !== undefined) return { verdict: 'invalid', violation: wrong, seen };
  const forbidden = PHENOMENA.filter(({ from }) => LEVELS.indexOf(from) <= rank);
  const kinds = forbidden.reduce((all, one) => all | one.kinds | (one.once ?? 0) | (one.apart ?? 0), 0);
  for (const phenomenon of graph.isCyclic(kinds) ? forbidden : []) {
    const violation = findCycle(graph, phenomenon, transactions);
    if (violation !== undefined) return { verdict: 'invalid', violation, seen };
  }
  return reads > 0
    ? { verdict: 'valid', seen }
    : { verdict: 'unknown', reason: 'no committed transaction read anything', seen };
}

function findCycle(
  graph: TransactionGraph,
  { name, kinds, once, apart }: Phenomenon,
  transactions: readonly Transaction[],
): Violation | undefined {
  const cycle = apart === undefined ? graph.cycle(kinds, once) : graph.cycleApart(kinds, apart);
  return cycle === undefined ? undefined : describeCycle(name, cycle, transactions);
}

function describeCycle(rule: string, cycle: readonly Edge<string>[], transactions: readonly Transaction[]): Violation {
  const names = new Map(cycle.map(({ from }, place) => [from, `T${place + 1}`]));
  const sentences = cycle.map(({ from, to, reason }) =>
    reason.replace('$from', names.get(from) ?? '').replace('$to', names.get(to) ?? ''),
  );
  const members = cycle.flatMap(({ from }) => {
    const one = transactions[from];
    return one === undefined ? [] : [{ name: names.get(from) ?? '', one }];
  });
  const listed = members.map(
    ({ name, one }) => `${name} (process ${one.process}, ${formatTime(one.invokedAt)}): ${tell(one)}`,
  );
  return {
    rule,
    explanation: `${sentences.join('; ')}. So each of them comes before the other. ${listed.join('. ')}.`,
    operations: members.map(({ one }) => one.index),
  };
}

const tell = ({ micro, seen }: Transaction): string =>
  micro
    .map((one, place) =>
      one.f === 'r'
        ? `r ${one.key} ${JSON.stringify(seen[place] ?? null)}`
        : `${one.f} ${one.key} ${String(one.value)}`,
    )
    .join(', ');
