/**
 * How old the answers of CQRS's three read models are, over load. Each follows the log in its own way: the table takes
 * events in order as the relay finds them, the cache forgets what the table has changed, the search index shows what it
 * has when it refreshes. Below what they can take each lags by what its way costs; above, by more and more.
 */
import { randomStream, type AnyMessage, type AnyOperation } from '../../framework/index.js';
import { cqrsCluster, cqrsRules, pollMicros, refreshMicros, type CqrsOperation } from '../../models/cqrs/index.js';
import type { Claim } from './claim.js';
import { answered, experiment, measure, type Answered, type AskedOperation } from './laboratory.js';

const HOP = 200;
/** What the table takes for an event, and for a query. The search index takes its time by itself. */
const APPLY = 400;
const SELECT = 20;
const ORDERS = 40;
const WRITERS = 30;
const READERS = 10;
const DURATION = 1_000_000;
/** Orders are created before anything is measured. */
const WARM_UP = 200_000;
const READ_EVERY = 5_000;
const LOADS = [100, 500, 1_000, 2_000, 4_000];
/** Loads that all read models can take easily, and those that are too much for each. */
const LIGHT = 1_000;
const OVERLOAD = 4_000;
/** The relay's wait, the work on an event and some messages. */
const BOUND = pollMicros + 2_000;

/** Each with the read that it is asked by. Words are the orders' own: a search finds one. */
const READ_MODELS = [
  { name: 'table', rules: { ...cqrsRules, mayServeCached: () => false }, read: getOf },
  { name: 'cache', rules: cqrsRules, read: getOf },
  { name: 'search', rules: cqrsRules, read: searchFor },
];

function getOf(order: string): CqrsOperation {
  return { kind: 'get', order, mine: false };
}

function searchFor(order: string): CqrsOperation {
  return { kind: 'search', word: order };
}

const orderName = (place: number): string => `o${place}`;

const service = (message: AnyMessage): number => {
  if (message.kind === 'publish' && 'events' in message) return APPLY * (message.events as unknown[]).length;
  return message.kind === 'select' ? SELECT : 0;
};

/** So many commands per second, spread over the writers, each on an order by chance; and readers that never tire. */
function load(perSecond: number, read: (order: string) => CqrsOperation): AskedOperation[][] {
  const random = randomStream('staleness', String(perSecond));
  const anyOrder = (): string => orderName(random.below(ORDERS));
  const writers = Array.from({ length: WRITERS }, (): AskedOperation[] => []);
  for (let place = 0; place < ORDERS; place++) {
    const order = orderName(place);
    const operation: CqrsOperation = { kind: 'create', order, customer: 'ann', name: '', item: order, n: place };
    writers[place % WRITERS]?.push({ operation });
  }
  const commands = (perSecond * DURATION) / 1_000_000;
  for (let n = 0; n < commands; n++) {
    const at = WARM_UP + Math.floor((n * DURATION) / commands);
    const operation: CqrsOperation = { kind: 'add', order: anyOrder(), item: '', n: ORDERS + n };
    writers[n % WRITERS]?.push({ operation, at });
  }
  const readers = Array.from({ length: READERS }, (_, reader) =>
    Array.from({ length: DURATION / READ_EVERY }, (__, n): AskedOperation => ({
      operation: read(anyOrder()),
      at: WARM_UP + n * READ_EVERY + Math.floor((reader * READ_EVERY) / READERS),
    })),
  );
  return [...writers, ...readers];
}

const orderIn = (operation: AnyOperation): string =>
  'order' in operation ? String(operation.order) : 'word' in operation ? String(operation.word) : '';

/** The version that a read showed. */
function versionShown(result: unknown, order: string): number {
  if (Array.isArray(result)) {
    const hits = result as readonly { readonly order: string; readonly version: number }[];
    return hits.find((hit) => hit.order === order)?.version ?? 0;
  }
  return (result as { readonly row: { readonly version: number } | null }).row?.version ?? 0;
}

/** Of each read, for how long it had been known that there was something newer than what it showed; 0 if there was not. */
function agesOf(all: readonly Answered[]): number[] {
  const acknowledged = new Map<string, { readonly version: number; readonly at: number }[]>();
  const isRead = ({ operation }: Answered): boolean => operation.kind === 'get' || operation.kind === 'search';
  for (const { operation, result, returnedAt } of all.filter((one) => !isRead(one))) {
    if (typeof result !== 'object' || result === null || !('version' in result)) continue;
    const order = orderIn(operation);
    const versions = acknowledged.get(order) ?? [];
    acknowledged.set(order, versions);
    versions.push({ version: Number(result.version), at: returnedAt });
  }
  return all.filter(isRead).map(({ operation, result, invokedAt }) => {
    const order = orderIn(operation);
    const shown = versionShown(result, order);
    const missed = (acknowledged.get(order) ?? []).filter(({ version, at }) => version > shown && at <= invokedAt);
    return missed.reduce((oldest, { at }) => Math.max(oldest, invokedAt - at), 0);
  });
}

interface Measured {
  readonly stale: number;
  readonly mean: number;
  readonly percentile99: number;
}

function measured(perSecond: number, { rules, read }: (typeof READ_MODELS)[number]): Measured {
  const system = experiment(cqrsCluster(rules), service);
  const run = measure(system, { seed: `staleness ${perSecond}`, hopMicros: HOP, asks: load(perSecond, read) });
  const ages = agesOf(answered(run)).sort((one, other) => one - other);
  if (ages.length === 0) throw new Error('nothing was read');
  return {
    stale: ages.filter((age) => age > 0).length / ages.length,
    mean: ages.reduce((sum, age) => sum + age, 0) / ages.length,
    percentile99: ages[Math.floor(ages.length * 0.99)] ?? 0,
  };
}

const milliseconds = (micros: number): string => (micros / 1_000).toFixed(micros < 1_000 ? 2 : 1);

export function staleness(): Claim {
  const results = READ_MODELS.map((model) => LOADS.map((perSecond) => measured(perSecond, model)));
  const rows = READ_MODELS.map(({ name }, place) => [
    name,
    ...(results[place] ?? []).map(
      ({ stale, mean, percentile99 }) =>
        `${(100 * stale).toFixed(1)} %, ${milliseconds(mean)}, ${milliseconds(percentile99)}`,
    ),
  ]);
  const problems = LOADS.flatMap((perSecond, column) =>
    problemsAt(
      perSecond,
      results.map((all) => all[column]),
    ),
  );
  return {
    title: 'Staleness of read models over load',
    text:
      `CQRS under so many commands a second on ${ORDERS} orders: how many reads miss a command that had been acknowledged, and ` +
      `for how long it had been, in milliseconds: on average and in the 99th percentile of all reads. Messages take ` +
      `${HOP} µs, the table ${APPLY} µs for an event, so that it can take ${(1_000_000 / APPLY).toLocaleString('en')} a ` +
      `second; the relay looks every ${milliseconds(pollMicros)} ms, the index refreshes every ` +
      `${milliseconds(refreshMicros)} ms. Up to ${LIGHT.toLocaleString('en')} commands a second the table must be the ` +
      `freshest, then the cache, which hears of changes from it, then the index; 99 of 100 reads of table and cache must ` +
      `be no staler than ${milliseconds(BOUND)} ms, of the index than that and a refresh. Beyond what table and index can ` +
      `take all three must fall behind by a tenth of the experiment.`,
    headings: ['', ...LOADS.map((perSecond) => `${perSecond.toLocaleString('en')}/s`)],
    rows,
    holds: problems.length === 0,
    conclusion: problems.length === 0 ? 'So it is.' : `${problems.join('; ')}.`,
  };
}

/** What is not as claimed at this load, given what was measured of table, cache and search index. */
function problemsAt(perSecond: number, all: readonly (Measured | undefined)[]): string[] {
  const [table, cache, search] = all;
  if (table === undefined || cache === undefined || search === undefined) return ['a read model was not measured'];
  const at = `at ${perSecond} commands a second`;
  if (perSecond >= OVERLOAD) {
    const isBehind = all.every((one) => (one?.percentile99 ?? 0) > DURATION / 10);
    return isBehind ? [] : [`${at} a read model keeps up that should not`];
  }
  if (perSecond > LIGHT) return [];
  const isOrdered = table.stale < cache.stale && cache.stale < search.stale;
  const isBounded =
    table.percentile99 <= BOUND && cache.percentile99 <= BOUND && search.percentile99 <= BOUND + refreshMicros;
  return [
    ...(isOrdered ? [] : [`${at} the order of freshness is another`]),
    ...(isBounded ? [] : [`${at} reads are staler than claimed`]),
  ];
}
