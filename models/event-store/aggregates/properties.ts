/** What is promised of the whole run, judged from what clients saw and what the nodes held in the end. */
import {
  checkAnswered,
  checkDurability,
  equal,
  type CheckResult,
  type Property,
  type Seen,
  type Violation,
} from '../../../framework/index.js';
import { acknowledgedIn, booksAt, has, isGone, storeOf, type Acknowledged, type Holding } from './evidence.js';
import { accountsLinearizable, ordersLinearizable } from './linearizable.js';
import { TOO_MANY_CONFLICTS } from './messages.js';
import { JOURNAL, nameOf, type Operation } from './operations.js';
import { booksOf } from './oracle.js';
import { pastIsPrefix } from './past.js';
import { answerMicrosMax } from './timing.js';
import { transfersSettle } from './settlement.js';

type AggregatesProperty = Property<Operation, Holding>;

const unknown = (reason: string, seen: Seen = {}): CheckResult => ({ verdict: 'unknown', reason, seen });
const invalid = (violation: Violation, seen: Seen): CheckResult => ({ verdict: 'invalid', violation, seen });

/** What was acknowledged is in its stream, at the version that the client was told, unless truncated since. */
const kept: AggregatesProperty = {
  name: 'an acknowledged append is where it was acknowledged to be',
  check({ history, probesFrom, replicas }): CheckResult {
    const store = storeOf(replicas);
    if (store === undefined) return unknown('the store was not inspected');
    const acknowledged = acknowledgedIn(history);
    const seen = { acknowledged: acknowledged.length, truncated: 0, scavenges: store.generation };
    for (const { command, stream, version, operation } of acknowledged) {
      // Where notes are in the journal nobody is told to expect; they are counted below.
      if (version <= (store.hidden[stream] ?? 0)) {
        seen.truncated++;
        continue;
      }
      const event = store.streams.get(stream)?.find((one) => one.version === version - 1);
      if (event?.metadata.command === nameOf(command)) continue;
      const explanation =
        `Process ${operation.process} was told that '${command.kind}' (${nameOf(command)}) made version ${version} of ` +
        `${stream}; event ${version - 1} there is ${event === undefined ? 'missing' : `of ${event.metadata.command}`}.`;
      return invalid({ rule: 'acknowledged append lost', explanation, operations: [operation.index] }, seen);
    }
    const isJudged = ({ stream, version, operation }: Acknowledged) =>
      operation.index < probesFrom && version > (store.hidden[stream] ?? 0);
    return acknowledged.some(isJudged)
      ? { verdict: 'valid', seen }
      : unknown('nothing was acknowledged before the probes that is not truncated', seen);
  },
};

/** In the journal nothing is decided and no version expected: only the ids of events tell a retry. */
const notesOnce: AggregatesProperty = {
  name: 'each note is in the journal once',
  check: ({ history, probesFrom, finalReadsFrom }) =>
    checkDurability(history, {
      writeId: (operation) => (operation.kind === 'note' ? nameOf(operation) : undefined),
      survivors: ({ kind }, result) =>
        kind === 'notes' && has(result, 'notes') ? (result as { notes: readonly string[] }).notes : undefined,
      scope: () => JOURNAL,
      probesFrom,
      finalReadsFrom,
      duplicates: 'forbidden',
    }),
};

/** What a service keeps in memory is what the store has, at that version. */
const cachesTrue: AggregatesProperty = {
  name: 'a cached aggregate is what its stream says',
  check({ replicas }): CheckResult {
    const store = storeOf(replicas);
    if (store === undefined) return unknown('the store was not inspected');
    const seen = { cached: 0, tooOld: 0 };
    for (const [node, holding] of replicas) {
      if (holding.kind !== 'cache') continue;
      for (const stream of Object.keys(holding.aggregates).sort()) {
        const aggregate = holding.aggregates[stream];
        if (aggregate === undefined) continue;
        const { version, state } = aggregate;
        const books = booksAt(store, stream, version);
        if (books === undefined && isGone(store, stream, version)) {
          seen.tooOld++;
          continue;
        }
        seen.cached++;
        if (books !== undefined && equal(booksOf({ schema: 2, state: { ...state } }), books)) continue;
        const explanation =
          `${node} keeps ${JSON.stringify(state)} as version ${version} of ${stream}; the store has ` +
          `${books === undefined ? 'no such version' : JSON.stringify(books)}.`;
        return invalid({ rule: 'cache untrue', explanation, operations: [] }, seen);
      }
    }
    return seen.cached > 0 ? { verdict: 'valid', seen } : unknown('nothing was cached', seen);
  },
};

/** What clients began under faults, and still ask for when these have ended, is judged as well as the probes. */
const answered: AggregatesProperty = {
  name: 'whoever goes on asking after healing is answered',
  check: ({ history, probesFrom, plan: { healAt } }) =>
    checkAnswered(
      { history, probesFrom, healAt },
      {
        withinMicros: answerMicrosMax,
        isAnswer: (reason) => reason === TOO_MANY_CONFLICTS || reason.startsWith('refused'),
      },
    ),
};

export const properties: readonly AggregatesProperty[] = [
  kept,
  notesOnce,
  accountsLinearizable,
  ordersLinearizable,
  pastIsPrefix,
  cachesTrue,
  transfersSettle,
  answered,
];
