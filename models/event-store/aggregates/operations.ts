/** What clients ask of the services, and what the transfer process does. `n` numbers the commands of a plan. */

export type AccountOperation =
  | { readonly kind: 'open'; readonly account: string; readonly n: number }
  | { readonly kind: 'deposit'; readonly account: string; readonly amount: number; readonly n: number }
  | { readonly kind: 'withdraw'; readonly account: string; readonly amount: number; readonly n: number };

/** The parts of a transfer, each of which happens once however often it is asked for. */
export interface TransferStep {
  readonly kind: 'debit' | 'credit' | 'refund';
  readonly account: string;
  readonly transfer: string;
  readonly amount: number;
}

export type AccountCommand = AccountOperation | TransferStep;

export type OrderCommand =
  | { readonly kind: 'place' | 'ship' | 'cancel' | 'remove'; readonly order: string; readonly n: number }
  | { readonly kind: 'add line'; readonly order: string; readonly quantity: number; readonly n: number };

/** Moves money from one account to another, in steps: it is answered when it is under way. */
export interface TransferRequest {
  readonly kind: 'transfer';
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  readonly n: number;
}

/** A line in a journal, about which nothing is decided: it is appended at any version. */
export interface Note {
  readonly kind: 'note';
  readonly n: number;
}

export type Command = AccountOperation | OrderCommand | TransferRequest | Note;

export type Query =
  /** How an account, or an order, is now. */
  | { readonly kind: 'balance'; readonly account: string }
  | { readonly kind: 'look'; readonly order: string }
  /** How an account was after so many events, and at a moment of the store's clock. */
  | { readonly kind: 'as of'; readonly account: string; readonly version: number }
  | { readonly kind: 'back at'; readonly account: string; readonly micros: number }
  | { readonly kind: 'notes' };

/** Truncates the account's stream: a snapshot stands for what happened so far. */
export interface Truncation {
  readonly kind: 'truncate';
  readonly account: string;
}

export type Operation = Command | Query | Truncation;

/** What a service is asked. */
export type Request = Operation | TransferStep;

export const isCommand = (request: Request): request is Command => 'n' in request;

export const JOURNAL = 'journal';
export const accountStream = (account: string): string => `account-${account}`;
export const orderStream = (order: string): string => `order-${order}`;
export const transferStream = (transfer: string): string => `transfer-${transfer}`;

/** The stream that a request is about. */
export function streamOf(request: Request): string {
  if ('account' in request) return accountStream(request.account);
  if ('order' in request) return orderStream(request.order);
  return request.kind === 'transfer' ? transferStream(nameOf(request)) : JOURNAL;
}

/** What a command is called: the beginning of its events' ids. */
export const nameOf = (request: Command | TransferStep): string =>
  'n' in request ? `k${request.n}` : `${request.transfer}-${request.kind}`;
