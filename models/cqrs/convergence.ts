/** What is promised of the three read models when all is quiet: each holds what the log adds up to. */
import { checkConvergence, equal, type CheckResult, type Seen } from '../../framework/index.js';
import {
  getsIn,
  holdingOf,
  listsIn,
  provenBy,
  searchesIn,
  unknown,
  violated,
  type Evidence,
  type Holding,
  type ShopProperty,
} from './evidence.js';
import { listOf, mentions, truthOf, type Truth } from './oracle.js';

const NOT_INSPECTED = 'a node that this speaks of was not inspected';

/** Judges one read model against the fold of the log. A cache that holds nothing is no proof. */
function convergesTo<K extends Holding['kind']>(
  name: string,
  kind: K,
  judged: (holding: Extract<Holding, { readonly kind: K }>, truth: Truth) => readonly [held: object, due: object],
): ShopProperty {
  return {
    name,
    check(run): CheckResult {
      const log = holdingOf(run, 'log');
      const holding = holdingOf(run, kind);
      if (log === undefined || holding === undefined) return unknown(NOT_INSPECTED);
      const [held, due] = judged(holding, truthOf(log.events));
      const seen: Seen = { events: log.events.length, ...log.counts, ...holding.counts };
      const result = checkConvergence(new Map([[kind, held]]), {
        expected: { name: 'the fold of the log', value: due },
      });
      if (result.verdict === 'invalid') return { ...result, seen };
      return Object.keys(held).length > 0 ? provenBy(run, seen) : unknown('it held nothing', seen);
    },
  };
}

const table = convergesTo(
  'after healing, the table equals the fold of the log',
  'table',
  ({ rows, counters }, truth) => [
    { rows, counters },
    { rows: truth.rows, counters: truth.counters },
  ],
);

const search = convergesTo(
  'after healing, the search index equals the fold of the log',
  'search',
  ({ documents, searchable }, truth) => [
    { documents, searchable },
    { documents: truth.documents, searchable: truth.documents },
  ],
);

/** What it holds, that is: it need not hold anything. */
const cache = convergesTo(
  'after healing, the cache holds only what the table holds',
  'cache',
  ({ entries }, { rows }) => [
    Object.fromEntries(Object.entries(entries).map(([key, { row }]) => [key, row])),
    Object.fromEntries(Object.keys(entries).map((key) => [key, rows[key] ?? null])),
  ],
);

/** The same, as clients see it: final reads of all three, through the API. */
const agree: ShopProperty = {
  name: 'after healing, the three read models answer alike',
  check(run): CheckResult {
    const log = holdingOf(run, 'log');
    if (log === undefined) return unknown(NOT_INSPECTED);
    const truth = truthOf(log.events);
    const relay = holdingOf(run, 'relay')?.counts ?? {};
    const seen = { reads: 0, ...relay };
    for (const [what, index, shown, due] of finalAnswers(run, truth)) {
      seen.reads++;
      if (equal(shown, due)) continue;
      const explanation = `In the end, ${what} showed ${JSON.stringify(shown)}; the log adds up to ${JSON.stringify(due)}.`;
      return violated('not the fold of the log', explanation, { operations: [index], seen });
    }
    return seen.reads > 0 ? provenBy(run, seen) : unknown('nothing was read in the end', seen);
  },
};

type Final = readonly [what: string, index: number, shown: unknown, due: unknown];

const finalAnswers = ({ history, finalReadsFrom }: Evidence, truth: Truth): Final[] =>
  [
    ...getsIn(history).map(({ operation: { order }, index, result }): Final => [
      `a get of ${order}`,
      index,
      result.row,
      truth.rows[order] ?? null,
    ]),
    ...listsIn(history).map(({ operation: { customer }, index, result }): Final => [
      `the list of ${customer}`,
      index,
      result.orders,
      listOf(truth, customer),
    ]),
    ...searchesIn(history).map(({ operation: { word }, index, result }): Final => [
      `a search for '${word}'`,
      index,
      result,
      Object.values(truth.documents)
        .filter(({ items }) => mentions(items, word))
        .map(({ order, version }) => ({ order, version }))
        .sort((one, other) => (one.order < other.order ? -1 : 1)),
    ]),
  ].filter(([, index]) => index >= finalReadsFrom);

export const converged: readonly ShopProperty[] = [table, search, cache, agree];
