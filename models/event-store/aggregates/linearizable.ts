/** Linearizable per stream: what clients were told of each account and each order, beside one machine that does all in turn. */
import {
  checkLinearizability,
  type CheckResult,
  type Entry,
  type History,
  type Property,
} from '../../../framework/index.js';
import { booksIn, has, numberOf, rewrite, storeOf, versionAfter, type Holding, type StoreHolding } from './evidence.js';
import { accountStream, nameOf, type Operation, type TransferRequest, type TransferStep } from './operations.js';
import { accountSpec, orderSpec, type AccountSight, type OrderSight } from './oracle.js';

/** No client has so high a number: parts of transfers are done by processes of their own. */
const FIRST_PROCESS = 1_000_000;

type Time = Entry<AccountSight>['time'];

/**
 * A transfer that was asked for takes money out of an account, puts it into another, or back, at some time after that. No
 * client is told when; the store is, by the version that each part made. Whether the parts belong together is judged elsewhere.
 */
function partsOf({ from, to, amount, n }: TransferRequest, store: StoreHolding) {
  const transfer = `k${n}`;
  const parts: readonly TransferStep[] = [
    { kind: 'debit', account: from, transfer, amount },
    { kind: 'credit', account: to, transfer, amount },
    { kind: 'refund', account: from, transfer, amount },
  ];
  return parts.flatMap((operation, index) => {
    const version = versionAfter(store, accountStream(operation.account), nameOf(operation));
    return version === undefined ? [] : [{ operation, process: FIRST_PROCESS + 3 * n + index, version }];
  });
}

function accountEntries(operation: Operation, entry: Entry<Operation>): readonly Entry<AccountSight>[] {
  if (!('account' in operation)) return [];
  if (operation.kind === 'as of' || operation.kind === 'back at' || operation.kind === 'truncate') return [];
  if (entry.type === 'invoke') return [{ ...entry, operation }];
  if (entry.type !== 'ok' || !has(entry.result, 'state')) return [entry];
  const { open, cents } = booksIn(entry.result);
  return [{ ...entry, result: { version: numberOf(entry.result, 'version'), open, cents } }];
}

function orderEntries(operation: Operation, entry: Entry<Operation>): readonly Entry<OrderSight>[] {
  if (!('order' in operation)) return [];
  if (entry.type === 'invoke') return [{ ...entry, operation }];
  if (entry.type !== 'ok' || !has(entry.result, 'state')) return [entry];
  const { status, pieces } = booksIn(entry.result);
  return [{ ...entry, result: { version: numberOf(entry.result, 'version'), status, pieces } }];
}

/** The history of the accounts, parts of transfers included: begun when these were asked for, and done in the end. */
export function accountsOf(history: History<Operation>, store: StoreHolding): History<AccountSight> {
  const done: Entry<AccountSight>[] = [];
  const end: Time | undefined = history.at(-1)?.time;
  const entries = rewrite<AccountSight>(history, (operation, entry) => {
    if (operation.kind !== 'transfer') return accountEntries(operation, entry);
    if (entry.type !== 'invoke') return [];
    return partsOf(operation, store).map(({ operation: part, process, version }) => {
      done.push({ type: 'ok', process, time: end ?? entry.time, result: { version } });
      return { type: 'invoke', process, time: entry.time, operation: part };
    });
  });
  return [...entries, ...done];
}

export const ordersOf = (history: History<Operation>): History<OrderSight> => rewrite(history, orderEntries);

export const accountsLinearizable: Property<Operation, Holding> = {
  name: 'each account is linearizable',
  check({ history, replicas }): CheckResult {
    const store = storeOf(replicas);
    if (store === undefined) return { verdict: 'unknown', reason: 'the store was not inspected', seen: {} };
    return checkLinearizability(accountsOf(history, store), accountSpec);
  },
};

export const ordersLinearizable: Property<Operation, Holding> = {
  name: 'each order is linearizable',
  check: ({ history }): CheckResult => checkLinearizability(ordersOf(history), orderSpec),
};
