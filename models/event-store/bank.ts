/** The bank account as an aggregate: its state is the fold of its events, and a command is a decision on that state. */
import type { AccountRow, BankEvent, Command } from './messages.js';

export interface Account {
  readonly open: boolean;
  /** In whole units of money. */
  readonly balance: number;
}

export const NO_ACCOUNT: Account = { open: false, balance: 0 };

/** What each withdrawal costs. It makes some commands append two events, which must come and go together. */
export const FEE = 1;

/** The state after one more event. */
export function evolve(account: Account, event: BankEvent): Account {
  switch (event.type) {
    case 'opened':
      return { open: true, balance: 0 };
    case 'deposited':
      return { ...account, balance: account.balance + event.amount };
    case 'withdrawn':
    case 'fee charged':
      return { ...account, balance: account.balance - event.amount };
  }
}

export const fold = (events: readonly BankEvent[]): Account => events.reduce(evolve, NO_ACCOUNT);

/** Why a command is refused. A refusal is an answer: it says something of the state that it was decided on. */
export type Refusal = 'already open' | 'no such account' | 'insufficient funds';

export type Decision =
  | { readonly kind: 'accepted'; readonly events: readonly BankEvent[] }
  | { readonly kind: 'refused'; readonly reason: Refusal };

/** What `command` does to an account: the only place where the bank's rules are written. */
export function decide(account: Account, command: Command): Decision {
  switch (command.kind) {
    case 'open':
      return account.open ? refused('already open') : accepted({ type: 'opened' });
    case 'deposit':
      return account.open ? accepted({ type: 'deposited', amount: command.amount }) : refused('no such account');
    case 'withdraw':
      if (!account.open) return refused('no such account');
      if (account.balance < command.amount + FEE) return refused('insufficient funds');
      return accepted({ type: 'withdrawn', amount: command.amount }, { type: 'fee charged', amount: FEE });
  }
}

const accepted = (...events: BankEvent[]): Decision => ({ kind: 'accepted', events });
const refused = (reason: Refusal): Decision => ({ kind: 'refused', reason });

export const EMPTY_ROW: AccountRow = { balance: 0, version: 0, applied: 0 };

/** A read model's row after one more event of its account. */
export function project(row: AccountRow, event: { readonly version: number; readonly event: BankEvent }): AccountRow {
  const { balance } = evolve({ open: true, balance: row.balance }, event.event);
  return { balance, version: event.version + 1, applied: row.applied + 1 };
}
