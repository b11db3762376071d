/** What the store and its projections promise, judged from what clients saw and what the nodes held in the end. */
import {
  checkConvergence,
  checkDurability,
  checkGapless,
  checkLinearizability,
  operationsOf,
  type CheckResult,
  type Entry,
  type History,
  type NodeId,
  type Observed,
  type Property,
  type RecordedOperation,
  type Spec,
} from '../../framework/index.js';
import { decide, EMPTY_ROW, fold, NO_ACCOUNT, evolve, project, type Account, type Refusal } from './bank.js';
import type { AccountRow, BankOperation, RecordedEvent } from './messages.js';

/** What a node holds in the end: the store its log, a projection its rows. */
export type Holding =
  | { readonly kind: 'log'; readonly events: readonly RecordedEvent[] }
  | { readonly kind: 'rows'; readonly rows: Readonly<Record<string, AccountRow>> };

type BankProperty = Property<BankOperation, Holding>;
type Run = Observed<BankOperation, Holding>;

/** The answer to a command. */
export type Answer = { readonly version: number } | { readonly refused: Refusal };

const isRefusal = (result: unknown): boolean => typeof result === 'object' && result !== null && 'refused' in result;

const isEvent = (value: unknown): value is RecordedEvent =>
  typeof value === 'object' && value !== null && 'version' in value && 'command' in value && 'event' in value;

/** The events that an `events` operation returned. */
const eventsIn = (result: unknown): RecordedEvent[] => (Array.isArray(result) ? result.filter(isEvent) : []);

/** The history with each completion changed by `change`, which knows the operation; undefined drops the operation. */
function rewrite(
  history: History<BankOperation>,
  change: (operation: BankOperation, entry: Entry<BankOperation>) => Entry<BankOperation> | undefined,
): History<BankOperation> {
  const open = new Map<number, BankOperation>();
  return history.flatMap((entry) => {
    if (entry.type === 'invoke') open.set(entry.process, entry.operation);
    const operation = open.get(entry.process);
    const changed = operation === undefined ? entry : change(operation, entry);
    return changed === undefined ? [] : [changed];
  });
}

/** A refused command appended nothing, and never will: for durability it has failed. */
const refusalsAsFailures = (history: History<BankOperation>): History<BankOperation> =>
  rewrite(history, ({ kind }, entry) =>
    entry.type === 'ok' && kind !== 'events' && isRefusal(entry.result)
      ? { type: 'fail', process: entry.process, time: entry.time, reason: 'refused' }
      : entry,
  );

/** Each command leaves its number in the events it caused; a fee only follows its withdrawal. */
const commandsIn = (result: unknown): string[] =>
  eventsIn(result).flatMap(({ command, event }) => (event.type === 'fee charged' ? [] : [String(command)]));

const durable: BankProperty = {
  name: 'versions are gapless and no acknowledged append is lost',
  check({ history, finalReadsFrom }): CheckResult {
    for (const { operation, outcome, index } of finalStreams(history, finalReadsFrom)) {
      if (outcome.kind !== 'ok') continue;
      const versions = eventsIn(outcome.result).map(({ version }) => version);
      if (versions.length === 0) continue;
      const gapless = checkGapless(versions, { of: `stream ${operation.account}` });
      if (gapless.verdict === 'invalid')
        return { ...gapless, violation: { ...gapless.violation, operations: [index] } };
    }
    return checkDurability(refusalsAsFailures(history), {
      writeId: (operation) => ('n' in operation ? String(operation.n) : undefined),
      survivors: (operation, result) => (operation.kind === 'events' ? commandsIn(result) : undefined),
      scope: ({ account }) => account,
      finalReadsFrom,
      duplicates: 'forbidden',
    });
  },
};

function finalStreams(history: History<BankOperation>, from: number): RecordedOperation<BankOperation>[] {
  return operationsOf(history).filter(({ operation, index }) => operation.kind === 'events' && index >= from);
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

const versionOf = (result: unknown): number =>
  typeof result === 'object' && result !== null && 'version' in result ? Number(result.version) : -1;

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

/** What every projection must hold in the end: the fold of the store's log. */
function foldOfLog(replicas: ReadonlyMap<NodeId, Holding>): Record<string, AccountRow> | undefined {
  const rows: Record<string, AccountRow> = {};
  const store = replicas.get('store');
  if (store?.kind !== 'log' || store.events.length === 0) return undefined;
  for (const event of store.events.toSorted((one, other) => one.position - other.position))
    rows[event.stream] = project(rows[event.stream] ?? EMPTY_ROW, event);
  return rows;
}

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
    return { verdict: 'valid', seen: { events: store.events.length } };
  },
};

export const properties: readonly BankProperty[] = [durable, oneOfTwoRivals, converged, linearizable, solvent];

export const inspectStore = (state: { readonly log: readonly RecordedEvent[] }): Holding => ({
  kind: 'log',
  events: state.log,
});

export const inspectProjection = (state: { readonly rows: Readonly<Record<string, AccountRow>> }): Holding => ({
  kind: 'rows',
  rows: state.rows,
});
