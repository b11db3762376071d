/**
 * Bank accounts, judged one by one: the state is the balance of one account, which starts at 0 and never falls below
 * it. `withdraw` returns whether the money was there, so it sees every deposit and withdrawal before it; `deposit`
 * returns nil. Transfers touch two accounts and belong to a spec without partition.
 */
import type { Spec } from '../../framework/index.js';

/** Amounts are whole numbers of the smallest coin. */
export type BankAccountOperation =
  | { readonly kind: 'deposit'; readonly account: string; readonly amount: number }
  | { readonly kind: 'withdraw'; readonly account: string; readonly amount: number }
  | { readonly kind: 'balance'; readonly account: string };

/** Accounts, judged one by one, whose balances never fall below 0. */
export const bankAccount: Spec<number, BankAccountOperation> = {
  name: 'bank account',
  initial: 0,
  step(balance, operation) {
    switch (operation.kind) {
      case 'deposit':
        return { state: balance + operation.amount, result: null };
      case 'withdraw':
        return operation.amount <= balance
          ? { state: balance - operation.amount, result: true }
          : { state: balance, result: false };
      case 'balance':
        return { state: balance, result: balance };
    }
  },
  partition: (operation) => operation.account,
  readOnly: (operation) => operation.kind === 'balance',
};
