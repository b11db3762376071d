/**
 * Accounts and orders once more, for the properties alone: what judges the model shares no code with what it runs on, and
 * reads the log by itself, in whatever schema it is.
 */
import type { Spec } from '../../../framework/index.js';
import type { RecordedEvent, Snapshot } from '../streams/events.js';
import type { AccountOperation, OrderCommand, TransferStep } from './operations.js';

/** What is to be seen of an account or an order: `parts` says what became of its transfers. */
export interface Books {
  readonly open: boolean;
  readonly cents: number;
  readonly parts: Readonly<Record<string, string>>;
  readonly status: string;
  readonly pieces: number;
}

export const BLANK: Books = { open: false, cents: 0, parts: {}, status: 'none', pieces: 0 };

const SIGNS: Readonly<Record<string, number>> = {
  deposited: 1,
  withdrawn: -1,
  'fee charged': -1,
  debited: -1,
  credited: 1,
  refunded: 1,
};

/** The cents that an event speaks of. Schema 1 had whole units. */
export const centsIn = ({ schema, data }: RecordedEvent): number =>
  schema === 1 ? 100 * Number(data['amount'] ?? 0) : Number(data['cents'] ?? 0);

/** The cents that an event moves into its account, or out of it. */
const centsMoved = (event: RecordedEvent): number => (SIGNS[event.type] ?? 0) * centsIn(event);

/** How many pieces an event adds to its order. A line of schema 1 was one piece. */
const piecesAdded = ({ type, schema, data }: RecordedEvent): number =>
  type !== 'line added' ? 0 : schema === 1 ? 1 : Number(data['quantity']);

const ORDER_STATUS: readonly string[] = ['placed', 'shipped', 'cancelled'];

/** The books after one more event. */
export function enter(books: Books, event: RecordedEvent): Books {
  const { type, data } = event;
  if (type === 'stream deleted') return BLANK;
  const transfer = data['transfer'];
  return {
    open: books.open || type === 'opened',
    cents: books.cents + centsMoved(event),
    parts: typeof transfer === 'string' ? { ...books.parts, [transfer]: type } : books.parts,
    status: ORDER_STATUS.includes(type) ? type : books.status,
    pieces: type === 'placed' ? 0 : books.pieces + piecesAdded(event),
  };
}

const numberIn = (value: unknown): number => (typeof value === 'number' ? value : 0);
const textIn = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);

/** The books as a snapshot, or a cached aggregate, shows them. In schema 1, accounts were kept in whole units. */
export function booksOf({ schema, state }: Pick<Snapshot, 'schema' | 'state'>): Books {
  return {
    open: state['open'] === true,
    cents: schema === 1 ? 100 * numberIn(state['units']) : numberIn(state['cents']),
    parts: (state['transfers'] ?? {}) as Record<string, string>,
    status: textIn(state['status'], 'none'),
    pieces: numberIn(state['pieces']),
  };
}

interface Versioned {
  readonly version: number;
}

export type AccountSight = AccountOperation | TransferStep | { readonly kind: 'balance'; readonly account: string };

/** What a withdrawal costs on top of its amount, in cents. */
const FEE_CENTS = 100;

interface AccountState extends Versioned {
  readonly open: boolean;
  readonly cents: number;
}

/** An account as one machine would keep it. */
export const accountSpec: Spec<AccountState, AccountSight> = {
  name: 'account',
  initial: { version: 0, open: false, cents: 0 },
  step(state, operation) {
    const { version, open, cents } = state;
    const refused = (reason: string) => ({ state, result: { refused: reason, version } });
    const becomes = (next: AccountState) => ({ state: next, result: { version: next.version } });
    if (operation.kind === 'balance') return { state, result: { version, open, cents } };
    if (operation.kind === 'open')
      return open ? refused('already open') : becomes({ version: version + 1, open: true, cents });
    const asked = 100 * operation.amount;
    switch (operation.kind) {
      case 'deposit':
        return open ? becomes({ version: version + 1, open, cents: cents + asked }) : refused('no such account');
      case 'withdraw': {
        const rest = cents - asked - FEE_CENTS;
        if (!open) return refused('no such account');
        return rest < 0 ? refused('insufficient funds') : becomes({ version: version + 2, open, cents: rest });
      }
      // A part of a transfer leaves an event whether it is refused or not.
      case 'debit':
        return becomes({ version: version + 1, open, cents: open && cents >= asked ? cents - asked : cents });
      case 'credit':
        return becomes({ version: version + 1, open, cents: open ? cents + asked : cents });
      case 'refund':
        return becomes({ version: version + 1, open, cents: cents + asked });
    }
  },
  partition: ({ account }) => account,
  readOnly: ({ kind }) => kind === 'balance',
};

export type OrderSight = OrderCommand | { readonly kind: 'look'; readonly order: string };

interface OrderState extends Versioned {
  readonly status: string;
  readonly pieces: number;
}

/** Why an order in this status takes neither lines nor anything else. */
const CLOSED: Readonly<Record<string, string>> = { shipped: 'already shipped', cancelled: 'already cancelled' };

/** An order as one machine would keep it. Versions go on where a removed order left off. */
export const orderSpec: Spec<OrderState, OrderSight> = {
  name: 'order',
  initial: { version: 0, status: 'none', pieces: 0 },
  step(state, operation) {
    const { version, status, pieces } = state;
    const refused = (reason: string) => ({ state, result: { refused: reason, version } });
    const becomes = (next: Omit<OrderState, 'version'>) => ({
      state: { ...next, version: version + 1 },
      result: { version: version + 1 },
    });
    const { kind } = operation;
    if (kind === 'look') return { state, result: { version, status, pieces } };
    if (kind === 'place')
      return status === 'none' ? becomes({ status: 'placed', pieces: 0 }) : refused('already placed');
    if (status === 'none') return refused('no such order');
    if (kind === 'remove')
      return status === 'placed' ? refused('not finished') : becomes({ status: 'none', pieces: 0 });
    const closed = CLOSED[status];
    if (closed !== undefined) return refused(closed);
    if (kind === 'add line') return becomes({ status, pieces: pieces + operation.quantity });
    if (kind === 'cancel') return becomes({ status: 'cancelled', pieces });
    return pieces === 0 ? refused('nothing to ship') : becomes({ status: 'shipped', pieces });
  },
  partition: ({ order }) => order,
  readOnly: ({ kind }) => kind === 'look',
};
