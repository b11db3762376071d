/**
 * The bank once more, for the properties alone. What judges the model must not be what the model runs on, or a mistake in
 * it would be on both sides and cancel out: so this file shares no code with `bank.ts`, and the model none with this one.
 */
import type { Spec } from '../../framework/index.js';
import type { AccountRow, BankEvent, BankOperation, Command, RecordedEvent } from './messages.js';

/** What a withdrawal costs on top of its amount. */
const WITHDRAWAL_FEE = 1;

/** How many events each command appends if it is accepted. */
const EVENTS_OF: Readonly<Record<Command['kind'], number>> = { open: 1, deposit: 1, withdraw: 2 };

/** The versions of its stream that an acknowledged command brought about: those after `from`, up to `to`. */
export const versionsMade = ({ kind }: Command, to: number) => ({ from: to - EVENTS_OF[kind], to });

/** Money in is positive, money out negative. */
const signed = (event: BankEvent): number =>
  event.type === 'opened' ? 0 : event.type === 'deposited' ? event.amount : -event.amount;

export const balanceOf = (events: readonly RecordedEvent[]): number =>
  events.reduce((sum, { event }) => sum + signed(event), 0);

/** The row of an account to which exactly `events` have happened, each once. */
export const rowOf = (events: readonly RecordedEvent[]): AccountRow => ({
  balance: balanceOf(events),
  version: events.length,
  applied: events.length,
});

interface AccountState {
  /** The number of events so far: an account that has none is not open. */
  readonly version: number;
  readonly balance: number;
}

/** An account as one machine would keep it. A read of the stream shows its version and the balance it adds up to. */
export const accountSpec: Spec<AccountState, BankOperation> = {
  name: 'bank account with versions',
  initial: { version: 0, balance: 0 },
  step(state, operation) {
    const { version, balance } = state;
    const refused = (reason: string) => ({ state, result: { refused: reason } });
    const becomes = (next: AccountState) => ({ state: next, result: { version: next.version } });
    switch (operation.kind) {
      case 'open':
        return version > 0 ? refused('already open') : becomes({ version: 1, balance: 0 });
      case 'deposit':
        if (version === 0) return refused('no such account');
        return becomes({ version: version + 1, balance: balance + operation.amount });
      case 'withdraw': {
        const rest = balance - operation.amount - WITHDRAWAL_FEE;
        if (version === 0) return refused('no such account');
        return rest < 0 ? refused('insufficient funds') : becomes({ version: version + 2, balance: rest });
      }
      case 'events':
      case 'balance':
        return { state, result: { version, balance } };
    }
  },
  partition: ({ account }) => account,
  readOnly: ({ kind }) => kind === 'events' || kind === 'balance',
};
