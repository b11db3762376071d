/** The account as an aggregate: what happens to it, its state as the fold of that, and its decisions. */
import { accepted, refused, type Decision } from './decision.js';
import type { AccountCommand } from './operations.js';

export interface Money {
  readonly cents: number;
  readonly currency: string;
}

/** What can happen to an account, in the schema that the code has now. */
export type AccountEvent =
  | { readonly type: 'opened'; readonly currency: string }
  | ({ readonly type: 'deposited' | 'withdrawn' | 'fee charged' } & Money)
  /** Parts of a transfer. That one is refused is an event too: the answer stays the same, however often it is asked for. */
  | ({ readonly type: 'debited' | 'credited' | 'refunded'; readonly transfer: string } & Money)
  | { readonly type: 'debit refused' | 'credit refused'; readonly transfer: string };

export type TransferPart = 'debited' | 'debit refused' | 'credited' | 'credit refused' | 'refunded';

export interface Account {
  readonly kind: 'account';
  readonly open: boolean;
  readonly cents: number;
  readonly currency: string;
  /** What became of each transfer that this account had a part in. */
  readonly transfers: Readonly<Record<string, TransferPart>>;
}

export const NO_ACCOUNT: Account = { kind: 'account', open: false, cents: 0, currency: '', transfers: {} };

export const CURRENCY = 'EUR';
export const CENTS = 100;

/** What each withdrawal costs. It makes some commands append two events, which must come and go together. */
export const FEE = 1;

const moved = (account: Account, cents: number): Account => ({ ...account, cents: account.cents + cents });
const settled = (account: Account, transfer: string, part: TransferPart): Account => ({
  ...account,
  transfers: { ...account.transfers, [transfer]: part },
});

/** The state after one more event. */
export function evolveAccount(account: Account, event: AccountEvent): Account {
  switch (event.type) {
    case 'opened':
      return { ...account, open: true, currency: event.currency };
    case 'deposited':
      return moved(account, event.cents);
    case 'withdrawn':
    case 'fee charged':
      return moved(account, -event.cents);
    case 'debited':
      return settled(moved(account, -event.cents), event.transfer, event.type);
    case 'credited':
    case 'refunded':
      return settled(moved(account, event.cents), event.transfer, event.type);
    case 'debit refused':
    case 'credit refused':
      return settled(account, event.transfer, event.type);
  }
}

/** So many whole units. */
export const money = (amount: number): Money => ({ cents: amount * CENTS, currency: CURRENCY });

/** What `command` does to an account: the only place where the bank's rules are written. */
export function decideAccount(account: Account, command: AccountCommand): Decision<AccountEvent> {
  const covers = (amount: number) => account.open && account.cents >= amount * CENTS;
  switch (command.kind) {
    case 'open':
      return account.open ? refused('already open') : accepted({ type: 'opened', currency: CURRENCY });
    case 'deposit':
      return account.open ? accepted({ type: 'deposited', ...money(command.amount) }) : refused('no such account');
    case 'withdraw':
      if (!account.open) return refused('no such account');
      if (!covers(command.amount + FEE)) return refused('insufficient funds');
      return accepted({ type: 'withdrawn', ...money(command.amount) }, { type: 'fee charged', ...money(FEE) });
    case 'debit':
    case 'credit':
    case 'refund':
      return decidePart(account, command);
  }
}

function decidePart(
  account: Account,
  { kind, transfer, amount }: Extract<AccountCommand, { readonly transfer: string }>,
): Decision<AccountEvent> {
  switch (kind) {
    case 'debit':
      return account.open && account.cents >= amount * CENTS
        ? accepted({ type: 'debited', transfer, ...money(amount) })
        : accepted({ type: 'debit refused', transfer });
    case 'credit':
      return account.open
        ? accepted({ type: 'credited', transfer, ...money(amount) })
        : accepted({ type: 'credit refused', transfer });
    case 'refund':
      return accepted({ type: 'refunded', transfer, ...money(amount) });
  }
}
