/** Temporal queries: a state in the past is the fold of a beginning of its stream, and of the right one. */
import { equal, operationsOf, type CheckResult, type Property } from '../../../framework/index.js';
import {
  acknowledgedIn,
  booksAt,
  booksIn,
  has,
  isGone,
  numberOf,
  storeOf,
  versionOf,
  type Acknowledged,
  type Holding,
  type StoreHolding,
} from './evidence.js';
import { accountStream, type Operation } from './operations.js';

type Past = Extract<Operation, { readonly kind: 'as of' | 'back at' }>;

const isPast = (operation: Operation): operation is Past => operation.kind === 'as of' || operation.kind === 'back at';

/** The versions of which one had to be shown: at least what had been acknowledged before, at most what there is now. */
function versionsDue(past: Past, store: StoreHolding, before: readonly Acknowledged[]) {
  const stream = accountStream(past.account);
  const events = store.streams.get(stream) ?? [];
  const known = Math.max(0, ...before.filter((one) => one.stream === stream).map(({ version }) => version));
  const count = versionOf(store, stream);
  if (past.kind === 'as of') return { least: Math.min(past.version, known), most: Math.min(past.version, count) };
  const later = events.find(({ time }) => time > past.micros);
  const most = later?.version ?? count;
  // If the event before that is gone, it may have been later than asked for, too.
  const isKnown = most === 0 || events.some(({ version }) => version === most - 1);
  return { least: isKnown ? Math.min(most, known) : 0, most };
}

export const pastIsPrefix: Property<Operation, Holding> = {
  name: 'a state in the past is the fold of a beginning of its stream',
  check({ history, replicas }): CheckResult {
    const store = storeOf(replicas);
    const seen = { asked: 0, unavailable: 0, tooOld: 0, judged: 0, past: 0, atATime: 0 };
    if (store === undefined) return { verdict: 'unknown', reason: 'the store was not inspected', seen };
    const acknowledged = acknowledgedIn(history);
    for (const { operation, outcome, index, invokedAt } of operationsOf(history)) {
      if (!isPast(operation) || outcome.kind !== 'ok') continue;
      seen.asked++;
      if (has(outcome.result, 'unavailable')) {
        seen.unavailable++;
        continue;
      }
      const stream = accountStream(operation.account);
      const version = numberOf(outcome.result, 'version');
      const books = booksAt(store, stream, version);
      // Truncated since it was shown: nothing is left to judge by.
      if (books === undefined && isGone(store, stream, version)) {
        seen.tooOld++;
        continue;
      }
      seen.judged++;
      // Most accounts that are asked for late are shown as they still are: that tells little.
      if (version > 0 && version < versionOf(store, stream)) seen.past++;
      if (operation.kind === 'back at') seen.atATime++;
      const before = acknowledged.filter((one) => (one.operation.returnedAt ?? Infinity) < invokedAt);
      const due = versionsDue(operation, store, before);
      const isRight = version >= due.least && version <= due.most && equal(booksIn(outcome.result), books);
      if (isRight) continue;
      const asked = operation.kind === 'as of' ? `as of version ${operation.version}` : `at ${operation.micros} µs`;
      const explanation =
        `${operation.account} ${asked} was shown as ${JSON.stringify(outcome.result)}; a version from ${due.least} to ` +
        `${due.most} was due, and version ${version} adds up to ${JSON.stringify(books)}.`;
      return { verdict: 'invalid', violation: { rule: 'not the past', explanation, operations: [index] }, seen };
    }
    return seen.past > 0 ? { verdict: 'valid', seen } : { verdict: 'unknown', reason: 'no past was shown', seen };
  },
};
