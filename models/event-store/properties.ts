/** What the store and its projections promise, judged from what clients saw and what the nodes held in the end. */
import {
  checkConvergence,
  checkDurability,
  checkGapless,
  checkLinearizability,
  equal,
  operationsOf,
  type CheckResult,
  type NodeId,
  type Observed,
  type Property,
  type RecordedOperation,
  type Spec,
  type Violation,
} from '../../framework/index.js';
import { decide, EMPTY_ROW, fold, NO_ACCOUNT, evolve, project, type Account } from './bank.js';
import {
  commandsIn,
  eventsIn,
  finalStreams,
  foldOfLog,
  isRefusal,
  isRow,
  refusalsAsFailures,
  rewrite,
  streamsOf,
  versionOf,
  type Holding,
} from './evidence.js';
import type { BankOperation } from './messages.js';

type BankProperty = Property<BankOperation, Holding>;
type Run = Observed<BankOperation, Holding>;

const durable: BankProperty = {
  name: 'versions are gapless and no acknowledged append is lost',
  check({ history, finalReadsFrom, replicas }): CheckResult {
    for (const { operation, outcome, index } of finalStreams(history, finalReadsFrom)) {
      if (outcome.kind !== 'ok') continue;
      const versions = eventsIn(outcome.result).map(({ version }) => version);
      if (versions.length === 0) continue;
      const gapless = checkGapless(versions, { of: `stream ${operation.account}` });
      if (gapless.verdict === 'invalid')
        return { ...gapless, violation: { ...gapless.violation, operations: [index] } };
    }
    const durability = checkDurability(refusalsAsFailures(history), {
      writeId: (operation) => ('n' in operation ? String(operation.n) : undefined),
      survivors: (operation, result) => (operation.kind === 'events' ? commandsIn(result) : undefined),
      scope: ({ account }) => account,
      finalReadsFrom,
      duplicates: 'forbidden',
    });
    const torn = durability.verdict === 'invalid' ? undefined : tornAppend(replicas);
    return torn === undefined ? durability : { verdict: 'invalid', violation: torn, seen: durability.seen };
  },
};

/** An append whose events are not all in the log. Withdrawals have two: the fee comes next, with the same command. */
function tornAppend(replicas: ReadonlyMap<NodeId, Holding>): Violation | undefined {
  for (const [stream, events] of streamsOf(replicas))
    for (const [at, { event, command, version }] of events.entries()) {
      if (event.type !== 'withdrawn' && event.type !== 'fee charged') continue;
      if (events[event.type === 'withdrawn' ? at + 1 : at - 1]?.command === command) continue;
      const explanation = `Event ${version} of ${stream} (${event.type}, command ${command}) is in the log without its other half.`;
      return { rule: 'append torn', explanation, operations: [] };
    }
  return undefined;
}

/** Of two appends that expected the same version at most one is acknowledged. */
const oneOfTwoRivals: BankProperty = {
  name: 'of two rival appends exactly one succeeds',
  check({ history }): CheckResult {
    const winners = new Map<string, RecordedOperation<BankOperation>>();
    for (const one of operationsOf(history)) {
      const { operation, outcome, index } = one;
      if (!('n' in operation) || outcome.kind !== 'ok' || isRefusal(outcome.result)) continue;
      const version = versionOf(outcome.result);
      const place = `${operation.account} ${version}`;
      const rival = winners.get(place);
      winners.set(place, one);
      if (rival === undefined) continue;
      const explanation =
        `Commands of processes ${rival.process} and ${one.process} were both told that their append made version ` +
        `${version} of stream ${operation.account}.`;
      const violation = { rule: 'both rivals succeeded', explanation, operations: [rival.index, index] };
      return { verdict: 'invalid', violation, seen: { appends: winners.size } };
    }
    const seen = { appends: winners.size };
    return winners.size > 0 ? { verdict: 'valid', seen } : { verdict: 'unknown', reason: 'nothing was appended', seen };
  },
};

interface AccountState extends Account {
  readonly version: number;
}

/** An account as one machine would keep it. A read of the stream shows its version and the balance it adds up to. */
const accountSpec: Spec<AccountState, BankOperation> = {
  name: 'bank account with versions',
  initial: { ...NO_ACCOUNT, version: 0 },
  step(state, operation) {
    if (!('n' in operation)) return { state, result: { version: state.version, balance: state.balance } };
    const decision = decide(state, operation);
    if (decision.kind === 'refused') return { state, result: { refused: decision.reason } };
    const version = state.version + decision.events.length;
    return { state: { ...decision.events.reduce<Account>(evolve, state), version }, result: { version } };
  },
  partition: ({ account }) => account,
  readOnly: (operation) => !('n' in operation),
};

const linearizable: BankProperty = {
  name: 'each account is linearizable',
  check({ history }): CheckResult {
    // A read model answers with the past: its answers promise nothing here.
    const served = rewrite(history, ({ kind }, entry) => {
      if (kind === 'balance') return undefined;
      if (kind !== 'events' || entry.type !== 'ok') return entry;
      const events = eventsIn(entry.result);
      const { balance } = fold(events.map(({ event }) => event));
      return { ...entry, result: { version: events.length, balance } };
    });
    return checkLinearizability(served, accountSpec);
  },
};

const converged: BankProperty = {
  name: 'after healing, every projection equals the fold of the log',
  check({ replicas }: Run): CheckResult {
    const expected = foldOfLog(replicas);
    if (expected === undefined) return { verdict: 'unknown', reason: 'the log is empty', seen: {} };
    const models = new Map<string, unknown>();
    for (const [node, holding] of replicas) if (holding.kind === 'rows') models.set(node, holding.rows);
    return checkConvergence(models, { expected: { name: 'the fold of the log', value: expected } });
  },
};

const solvent: BankProperty = {
  name: 'no account is ever overdrawn',
  check({ replicas }): CheckResult {
    const store = replicas.get('store');
    if (store?.kind !== 'log') return { verdict: 'unknown', reason: 'the store was not inspected', seen: {} };
    const accounts = new Map<string, Account>();
    for (const { stream, event, version } of store.events.toSorted((one, other) => one.version - other.version)) {
      const account = evolve(accounts.get(stream) ?? NO_ACCOUNT, event);
      accounts.set(stream, account);
      if (account.balance >= 0) continue;
      const explanation = `Event ${version} of ${stream} (${event.type}) leaves a balance of ${account.balance}.`;
      const violation = { rule: 'overdrawn', explanation, operations: [] };
      return { verdict: 'invalid', violation, seen: { events: store.events.length } };
    }
    const seen = { events: store.events.length };
    return seen.events > 0 ? { verdict: 'valid', seen } : { verdict: 'unknown', reason: 'the log is empty', seen };
  },
};

/** A read model may be as old as it likes, but was the truth once: the fold of a beginning of the account's stream. */
const onceTrue: BankProperty = {
  name: 'a read model shows what was true once',
  check({ history, replicas }): CheckResult {
    const streams = streamsOf(replicas);
    const seen = { reads: 0, rows: 0 };
    for (const { operation, outcome, index } of operationsOf(history)) {
      if (operation.kind !== 'balance' || outcome.kind !== 'ok') continue;
      const { result } = outcome;
      seen.reads++;
      if (result === null) continue;
      seen.rows++;
      const stream = streams.get(operation.account) ?? [];
      if (isRow(result) && equal(result, stream.slice(0, result.version).reduce(project, EMPTY_ROW))) continue;
      const explanation = `A read model showed ${JSON.stringify(result)} for ${operation.account}, which no beginning of its stream adds up to.`;
      return { verdict: 'invalid', violation: { rule: 'never true', explanation, operations: [index] }, seen };
    }
    return seen.reads > 0 ? { verdict: 'valid', seen } : { verdict: 'unknown', reason: 'no read model answered', seen };
  },
};

export const properties: readonly BankProperty[] = [
  durable,
  oneOfTwoRivals,
  converged,
  linearizable,
  solvent,
  onceTrue,
];
