/** What is said and stored: events, and the messages between clients, the store and the projections. */
import type { NodeId } from '../../framework/index.js';

/** What can happen to an account. */
export type BankEvent =
  | { readonly type: 'opened' }
  | { readonly type: 'deposited'; readonly amount: number }
  | { readonly type: 'withdrawn'; readonly amount: number }
  | { readonly type: 'fee charged'; readonly amount: number };

/** An event as the store keeps it. */
export interface RecordedEvent {
  /** Its place in the order of all events, from 1. Taken when it is inserted, not when it commits: there may be gaps. */
  readonly position: number;
  readonly stream: string;
  /** Its place in its stream, from 0, without gaps. */
  readonly version: number;
  /** The number of the command that caused it. */
  readonly command: number;
  readonly event: BankEvent;
}

/** An append that takes effect only if the stream has `expectedVersion` events. Its id makes a retry recognisable. */
export interface Append {
  readonly id: string;
  readonly stream: string;
  readonly expectedVersion: number;
  readonly command: number;
  readonly events: readonly BankEvent[];
}

export type Message =
  | { readonly kind: 'read'; readonly id: string; readonly stream: string }
  | { readonly kind: 'stream'; readonly id: string; readonly events: readonly RecordedEvent[] }
  | ({ readonly kind: 'append' } & Append)
  | { readonly kind: 'appended'; readonly id: string; readonly nextVersion: number }
  /** The stream had another version: nothing was appended, nor ever will be by this request. */
  | { readonly kind: 'conflict'; readonly id: string; readonly version: number }
  /** Asks for all events after a position, those to come included. */
  | { readonly kind: 'subscribe'; readonly after: number }
  /** All events after the position `after` and up to `through`. */
  | {
      readonly kind: 'page';
      readonly after: number;
      readonly through: number;
      readonly events: readonly RecordedEvent[];
    }
  | { readonly kind: 'ask'; readonly id: string; readonly account: string }
  | { readonly kind: 'row'; readonly id: string; readonly row: AccountRow | null };

/** A line of the read model. */
export interface AccountRow {
  readonly balance: number;
  /** How many events of the account's stream it reflects. */
  readonly version: number;
  /** How many events were applied to it: the same number, unless one was applied twice. */
  readonly applied: number;
}

/** What clients ask for. `n` numbers the commands of a plan. */
export type BankOperation =
  | { readonly kind: 'open'; readonly account: string; readonly n: number }
  | { readonly kind: 'deposit'; readonly account: string; readonly amount: number; readonly n: number }
  | { readonly kind: 'withdraw'; readonly account: string; readonly amount: number; readonly n: number }
  /** The account's stream, from the store. */
  | { readonly kind: 'events'; readonly account: string }
  /** The account's row, from the read model of the projection `at`: as old as that is. */
  | { readonly kind: 'balance'; readonly account: string; readonly at: NodeId };

export type Command = Extract<BankOperation, { readonly n: number }>;

export const isCommand = (operation: BankOperation): operation is Command => 'n' in operation;

/** Why a command that was answered each time ends without effect. */
export const TOO_MANY_CONFLICTS = 'too many conflicts';
