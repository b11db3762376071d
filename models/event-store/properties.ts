/** What the store and its projections promise, judged from what clients saw and what the nodes held in the end. */
import {
  checkAnswered,
  checkConvergence,
  checkDurability,
  checkGapless,
  checkLinearizability,
  equal,
  formatTime,
  operationsOf,
  type CheckResult,
  type Property,
  type Seen,
  type Violation,
} from '../../framework/index.js';
import {
  acknowledgedIn,
  commandsIn,
  eventsBeforeProbes,
  eventsIn,
  finalStreams,
  isRow,
  logOf,
  readModelsOf,
  refusalsAsFailures,
  rewrite,
  streamsOf,
  type Acknowledged,
  type Evidence,
  type Holding,
} from './evidence.js';
import { isCommand, TOO_MANY_CONFLICTS, type BankOperation, type RecordedEvent } from './messages.js';
import { PROJECTIONS } from './nodes.js';
import { accountSpec, balanceOf, rowOf, versionsMade } from './oracle.js';
import { answerMicrosMax } from './timing.js';

type BankProperty = Property<BankOperation, Holding>;

const unknown = (reason: string, seen: Seen = {}): CheckResult => ({ verdict: 'unknown', reason, seen });

/** What was kept is no proof where nothing was appended until all had healed. */
const provenBy = (run: Evidence, seen: Seen): CheckResult =>
  eventsBeforeProbes(run) > 0 ? { verdict: 'valid', seen } : unknown('nothing was appended before the probes', seen);

const NO_STORE = 'the store was not inspected';

const durable: BankProperty = {
  name: 'versions are gapless and no acknowledged append is lost',
  check({ history, probesFrom, finalReadsFrom, replicas }): CheckResult {
    for (const { operation, outcome, index } of finalStreams(history, finalReadsFrom)) {
      if (outcome.kind !== 'ok') continue;
      const versions = eventsIn(outcome.result).map(({ version }) => version);
      if (versions.length === 0) continue;
      const gapless = checkGapless(versions, { of: `stream ${operation.account}` });
      if (gapless.verdict === 'invalid')
        return { ...gapless, violation: { ...gapless.violation, operations: [index] } };
    }
    const durability = checkDurability(refusalsAsFailures(history), {
      writeId: (operation) => (isCommand(operation) ? String(operation.n) : undefined),
      survivors: (operation, result) => (operation.kind === 'events' ? commandsIn(result) : undefined),
      scope: ({ account }) => account,
      probesFrom,
      finalReadsFrom,
      duplicates: 'forbidden',
    });
    const torn = durability.verdict === 'invalid' ? undefined : tornAppend(logOf(replicas) ?? []);
    return torn === undefined ? durability : { verdict: 'invalid', violation: torn, seen: durability.seen };
  },
};

/** An append whose events are not all in the log. Withdrawals have two: the fee comes next, with the same command. */
function tornAppend(log: readonly RecordedEvent[]): Violation | undefined {
  for (const [stream, events] of streamsOf(log))
    for (const [at, { event, command, version }] of events.entries()) {
      if (event.type !== 'withdrawn' && event.type !== 'fee charged') continue;
      if (events[event.type === 'withdrawn' ? at + 1 : at - 1]?.command === command) continue;
      const explanation = `Event ${version} of ${stream} (${event.type}, command ${command}) is in the log without its other half.`;
      return { rule: 'append torn', explanation, operations: [] };
    }
  return undefined;
}

/** How many acknowledged commands were under way while another on the same account was. */
const contestedIn = (winners: readonly Acknowledged[]): number =>
  winners.filter((one) =>
    winners.some(
      (other) =>
        other !== one &&
        other.command.account === one.command.account &&
        other.invokedAt < one.acknowledgedAt &&
        one.invokedAt < other.acknowledgedAt,
    ),
  ).length;

/** No version of a stream is given to two acknowledged appends, whether they made one event of it or several. */
const oneOfTwoRivals: BankProperty = {
  name: 'of two rival appends exactly one succeeds',
  check(run): CheckResult {
    const acknowledged = acknowledgedIn(run.history);
    const winners = acknowledged
      .map((one) => ({ ...one, ...versionsMade(one.command, one.version) }))
      .sort((one, other) => one.from - other.from);
    const seen = { appends: winners.length, contested: contestedIn(acknowledged) };
    const last = new Map<string, (typeof winners)[number]>();
    for (const winner of winners) {
      const { account } = winner.command;
      const rival = last.get(account);
      last.set(account, winner);
      if (rival === undefined || winner.from >= rival.to) continue;
      const made = ({ from, to }: typeof winner) => (to - from > 1 ? `versions ${from + 1} to ${to}` : `version ${to}`);
      const explanation =
        `Process ${rival.process} was told that its append made ${made(rival)} of stream ${account}, and process ` +
        `${winner.process} that its own made ${made(winner)}.`;
      const operations = [rival.index, winner.index].sort((one, other) => one - other);
      return { verdict: 'invalid', violation: { rule: 'both rivals succeeded', explanation, operations }, seen };
    }
    return seen.contested > 0 ? provenBy(run, seen) : unknown('no two appends were rivals', seen);
  },
};

const linearizable: BankProperty = {
  name: 'each account is linearizable',
  check({ history }): CheckResult {
    // A read model answers with the past: its answers promise nothing here.
    const served = rewrite(history, ({ kind }, entry) => {
      if (kind === 'balance') return undefined;
      if (kind !== 'events' || entry.type !== 'ok') return entry;
      const events = eventsIn(entry.result);
      return { ...entry, result: { version: events.length, balance: balanceOf(events) } };
    });
    return checkLinearizability(served, accountSpec);
  },
};

const converged: BankProperty = {
  name: 'after healing, every projection equals the fold of the log',
  check(run): CheckResult {
    const log = logOf(run.replicas);
    if (log === undefined) return unknown(NO_STORE);
    const readModels = readModelsOf(run.replicas);
    const missing = PROJECTIONS.filter((name) => !readModels.has(name));
    if (missing.length > 0) return unknown(`${missing.join(', ')}: not inspected`);
    const rows = Object.fromEntries([...streamsOf(log)].map(([stream, events]) => [stream, rowOf(events)]));
    const result = checkConvergence(readModels, { expected: { name: 'the fold of the log', value: rows } });
    return result.verdict === 'valid' ? provenBy(run, result.seen) : result;
  },
};

const solvent: BankProperty = {
  name: 'no account is ever overdrawn',
  check(run): CheckResult {
    const log = logOf(run.replicas);
    if (log === undefined) return unknown(NO_STORE);
    const seen = { events: log.length, withdrawals: 0 };
    for (const [stream, events] of streamsOf(log))
      for (const [at, { event, version }] of events.entries()) {
        if (event.type === 'withdrawn') seen.withdrawals++;
        const balance = balanceOf(events.slice(0, at + 1));
        if (balance >= 0) continue;
        const explanation = `Event ${version} of ${stream} (${event.type}) leaves a balance of ${balance}.`;
        return { verdict: 'invalid', violation: { rule: 'overdrawn', explanation, operations: [] }, seen };
      }
    return seen.withdrawals > 0 ? provenBy(run, seen) : unknown('nothing was withdrawn', seen);
  },
};

/** A read model may be as old as it likes, but was the truth once: the fold of a beginning of the account's stream. */
const onceTrue: BankProperty = {
  name: 'a read model shows what was true once',
  check(run): CheckResult {
    const log = logOf(run.replicas);
    if (log === undefined) return unknown(NO_STORE);
    const streams = streamsOf(log);
    const seen = { reads: 0, rows: 0 };
    for (const { operation, outcome, index } of operationsOf(run.history)) {
      if (operation.kind !== 'balance' || outcome.kind !== 'ok') continue;
      const { result } = outcome;
      seen.reads++;
      if (result === null) continue;
      seen.rows++;
      const stream = streams.get(operation.account) ?? [];
      if (isRow(result) && equal(result, rowOf(stream.slice(0, result.version)))) continue;
      const explanation = `A read model showed ${JSON.stringify(result)} for ${operation.account}, which no beginning of its stream adds up to.`;
      return { verdict: 'invalid', violation: { rule: 'never true', explanation, operations: [index] }, seen };
    }
    return seen.rows > 0 ? provenBy(run, seen) : unknown('no read model showed a row', seen);
  },
};

/** A read model may lag, but has settled as long after healing, or after an append, as a system has to settle. */
const current: BankProperty = {
  name: 'after healing, a read model catches up in time',
  check({ history, probesFrom, plan: { healAt, settleMicros } }): CheckResult {
    const acknowledged = acknowledgedIn(history.slice(0, probesFrom));
    const seen = { reads: 0 };
    for (const { operation, outcome, index, invokedAt } of operationsOf(history)) {
      if (operation.kind !== 'balance' || outcome.kind !== 'ok' || invokedAt < healAt + settleMicros) continue;
      const due = acknowledged.filter(
        ({ command, acknowledgedAt }) =>
          command.account === operation.account && acknowledgedAt <= invokedAt - settleMicros,
      );
      if (due.length === 0) continue;
      seen.reads++;
      const shown = isRow(outcome.result) ? outcome.result.version : 0;
      const missed = due.find(({ version }) => version > shown);
      if (missed === undefined) continue;
      const explanation =
        `The read model of ${operation.at} showed version ${shown} of ${operation.account}, although version ` +
        `${missed.version} had been acknowledged ${formatTime(invokedAt - missed.acknowledgedAt)} before.`;
      const operations = [missed.index, index];
      return { verdict: 'invalid', violation: { rule: 'out of date', explanation, operations }, seen };
    }
    return seen.reads > 0 ? { verdict: 'valid', seen } : unknown('no read of an account came late enough', seen);
  },
};

/**
 * Probes are asked of a store that has long been quiet. What clients began under faults, and still ask for when these
 * have ended, is judged as well: it has rivals, retries and conflicts among it.
 */
const answered: BankProperty = {
  name: 'whoever goes on asking after healing is answered',
  check: ({ history, probesFrom, plan: { healAt } }) =>
    checkAnswered(
      { history, probesFrom, healAt },
      {
        withinMicros: answerMicrosMax,
        isAnswer: (reason) => reason === TOO_MANY_CONFLICTS,
        nameOf: ({ kind, account }) => `'${kind}' of ${account}`,
      },
    ),
};

export const properties: readonly BankProperty[] = [
  durable,
  oneOfTwoRivals,
  converged,
  linearizable,
  solvent,
  onceTrue,
  current,
  answered,
];
