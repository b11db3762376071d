/** What is promised of queries while the read models lag: how old an answer may be, and what a list shows. */
import { equal, formatTime, type CheckResult, type Seen } from '../../framework/index.js';
import {
  answeredIn,
  getsIn,
  holdingOf,
  listsIn,
  provenBy,
  searchesIn,
  unknown,
  violated,
  type Answered,
  type Evidence,
  type ShopProperty,
} from './evidence.js';
import type { ListResult, Recorded } from './messages.js';
import { eventsThrough, listOf, mentions, rowOf, truthOf, type Truth } from './oracle.js';

const NO_LOG = 'the command side was not inspected';

/** Judges each thing told against the log, until one is wrong. */
type Judge = (log: readonly Recorded[], run: Evidence) => CheckResult;

const property = (name: string, judge: Judge): ShopProperty => ({
  name,
  check(run): CheckResult {
    const log = holdingOf(run, 'log')?.events;
    return log === undefined ? unknown(NO_LOG) : judge(log, run);
  },
});

/** However old, a row is what the log added up to at the position that comes with it. A document was true once, too. */
const onceTrue = property('a read model shows what was true once', (log, run) => {
  const seen = { rows: 0, fromCache: 0, hits: 0 };
  for (const { operation, result, index } of getsIn(run.history)) {
    const { row, through, from } = result;
    if (row !== null) seen.rows++;
    if (from === 'cache') seen.fromCache++;
    const due = rowOf(eventsThrough(log, through), operation.order);
    if (equal(row, due)) continue;
    const explanation =
      `A get of ${operation.order} showed ${JSON.stringify(row)} as of position ${through}, from the ${from}; the log ` +
      `adds up to ${JSON.stringify(due)} there.`;
    return violated('never true', explanation, { operations: [index], seen });
  }
  for (const { operation, result, index } of searchesIn(run.history))
    for (const { order, version } of result) {
      seen.hits++;
      const events = log.filter((one) => one.order === order).slice(0, version);
      const row = rowOf(events, order);
      if (row?.version === version && mentions(row.items, operation.word)) continue;
      const explanation = `A search for '${operation.word}' found ${order} in version ${version}, which does not mention it.`;
      return violated('never true', explanation, { operations: [index], seen });
    }
  return seen.rows + seen.hits > 0 ? provenBy(run, seen) : unknown('nothing was shown', seen);
});

/** The position that a process had been told of before the entry at `index`. */
const sessionBefore = (answers: readonly Answered[], process: number, index: number): number =>
  answers
    .filter((one) => one.process === process && one.returnIndex < index)
    .reduce((highest, { answer }) => Math.max(highest, answer.position), 0);

const ownWrites = property('clients read their own writes, where they ask for them', (log, run) => {
  const answers = answeredIn(run.history);
  const truthAt = truthsOf(log);
  const seen = { reads: 0 };
  for (const { operation, result, process, index } of getsIn(run.history)) {
    if (!operation.mine) continue;
    const position = sessionBefore(answers, process, index);
    const due = rowOf(eventsThrough(log, position), operation.order)?.version ?? 0;
    if (due > 0) seen.reads++;
    if ((result.row?.version ?? 0) >= due) continue;
    const explanation =
      `Process ${process} had been told of position ${position}, where ${operation.order} has version ${due}; the ` +
      `${result.from} showed it version ${result.row?.version ?? 0}.`;
    return violated('own write not read', explanation, { operations: [index], seen });
  }
  for (const { operation, result, process, index } of listsIn(run.history)) {
    if (!operation.mine) continue;
    const position = sessionBefore(answers, process, index);
    const missed = missedIn(result, { truthAt, customer: operation.customer, since: position });
    if (listOf(truthAt(position), operation.customer).length > 0) seen.reads++;
    if (missed === undefined) continue;
    const explanation =
      `Process ${process} had been told of position ${position}, where ${missed} is an open order of ` +
      `${operation.customer}; the list did not show it.`;
    return violated('own write not read', explanation, { operations: [index], seen });
  }
  return seen.reads > 0 ? { verdict: 'valid', seen } : unknown('nobody read a write of its own', seen);
});

/** What the log added up to at a position; worked out once for each. */
function truthsOf(log: readonly Recorded[]): (through: number) => Truth {
  const known = new Map<number, Truth>();
  return (through) => {
    const truth = known.get(through) ?? truthOf(eventsThrough(log, through));
    known.set(through, truth);
    return truth;
  };
}

interface Listing {
  readonly truthAt: (through: number) => Truth;
  readonly customer: string;
  readonly since: number;
}

/** An order that was open from the position `since` until the last page was read, and was not shown. */
function missedIn({ orders, last }: ListResult, { truthAt, customer, since }: Listing): string | undefined {
  const shown = new Set(orders.map(({ order }) => order));
  const inTheEnd = new Set(listOf(truthAt(last), customer).map(({ order }) => order));
  return listOf(truthAt(since), customer)
    .map(({ order }) => order)
    .find((order) => inTheEnd.has(order) && !shown.has(order));
}

const paged = property('a list shows no order twice, and none is missing that was there all the time', (log, run) => {
  const truthAt = truthsOf(log);
  const seen = { lists: 0, ofSeveralPages: 0, writtenMeanwhile: 0 };
  for (const { operation, result, index } of listsIn(run.history)) {
    const { orders, pages, first, last } = result;
    seen.lists++;
    if (pages > 1) seen.ofSeveralPages++;
    if (last > first) seen.writtenMeanwhile++;
    const names = orders.map(({ order }) => order);
    const wrong = (rule: string, explanation: string) => violated(rule, explanation, { operations: [index], seen });
    const twice = names.find((order, place) => names.indexOf(order) !== place);
    if (twice !== undefined)
      return wrong('shown twice', `The list of ${operation.customer} showed ${twice} twice: ${names.join(', ')}.`);
    const missed = missedIn(result, { truthAt, customer: operation.customer, since: first });
    if (missed !== undefined)
      return wrong(
        'left out',
        `The list of ${operation.customer} showed ${names.join(', ') || 'nothing'}, and not ${missed}, which was there ` +
          `from the first page (position ${first}) to the last (position ${last}).`,
      );
    const stranger = strangerIn(result, { truthAt, customer: operation.customer, since: first });
    if (stranger !== undefined)
      return wrong(
        'never there',
        `The list of ${operation.customer} showed ${stranger}, which was not open meanwhile.`,
      );
  }
  return seen.ofSeveralPages > 0 ? provenBy(run, seen) : unknown('no list had several pages', seen);
});

/** An order that was shown, and was not an open one of the customer between the first page and the last. */
function strangerIn({ orders, last }: ListResult, { truthAt, customer, since }: Listing): string | undefined {
  const shippedBefore = truthAt(since).rows;
  const there = truthAt(last).rows;
  return orders.find(
    ({ order, created }) =>
      there[order]?.customer !== customer ||
      there[order].created !== created ||
      shippedBefore[order]?.status === 'shipped',
  )?.order;
}

/** A read model may lag, but has settled as long after healing, or after a command, as a system has to settle. */
const current = property('after healing, a read model catches up in time', (log, run) => {
  const { healAt, settleMicros } = run.plan;
  const answers = answeredIn(run.history.slice(0, run.probesFrom));
  const seen = { reads: 0 };
  const dueAt = (invokedAt: number, order: string) =>
    answers.findLast(
      ({ command, answer, answeredAt }) =>
        command.order === order && answeredAt <= invokedAt - settleMicros && 'version' in answer,
    );
  const late = (what: string, due: Answered, at: { readonly index: number; readonly invokedAt: number }): CheckResult =>
    violated(
      'out of date',
      `${what}, although version ${versionIn(due)} had been acknowledged ${formatTime(at.invokedAt - due.answeredAt)} before.`,
      { operations: [due.index, at.index], seen },
    );
  for (const get of getsIn(run.history)) {
    const due = get.invokedAt < healAt + settleMicros ? undefined : dueAt(get.invokedAt, get.operation.order);
    if (due === undefined) continue;
    seen.reads++;
    const shown = get.result.row?.version ?? 0;
    if (shown >= versionIn(due)) continue;
    return late(`The ${get.result.from} showed version ${shown} of ${get.operation.order}`, due, get);
  }
  for (const search of searchesIn(run.history)) {
    if (search.invokedAt < healAt + settleMicros) continue;
    const versions = new Map(search.result.map(({ order, version }) => [order, version]));
    for (const order of new Set(log.map((one) => one.order))) {
      const due = dueAt(search.invokedAt, order);
      if (due === undefined) continue;
      const events = log.filter((one) => one.order === order).slice(0, versionIn(due));
      if (!mentions(rowOf(events, order)?.items ?? [], search.operation.word)) continue;
      seen.reads++;
      const shown = versions.get(order) ?? 0;
      if (shown >= versionIn(due)) continue;
      return late(`A search for '${search.operation.word}' found version ${shown} of ${order}`, due, search);
    }
  }
  return seen.reads > 0
    ? { verdict: 'valid', seen }
    : unknown('no read of an order came late enough', seen satisfies Seen);
});

const versionIn = ({ answer }: Answered): number => ('version' in answer ? answer.version : 0);

export const queries: readonly ShopProperty[] = [onceTrue, ownWrites, paged, current];
