/** The order as an aggregate: placed, given lines, then shipped or cancelled; and removed, after which it may be placed anew. */
import { TOMBSTONE } from '../streams/events.js';
import { accepted, refused, type Decision } from './decision.js';
import type { OrderCommand } from './operations.js';

/** What can happen to an order, in the schema that the code has now. */
export type OrderEvent =
  | { readonly type: 'placed' }
  | { readonly type: 'line added'; readonly quantity: number }
  | { readonly type: 'shipped' }
  | { readonly type: 'cancelled' }
  | { readonly type: typeof TOMBSTONE };

export interface Order {
  readonly kind: 'order';
  readonly status: 'none' | 'placed' | 'shipped' | 'cancelled';
  /** The sum of the quantities of its lines. */
  readonly pieces: number;
}

export const NO_ORDER: Order = { kind: 'order', status: 'none', pieces: 0 };

/** The state after one more event. */
export function evolveOrder(order: Order, event: OrderEvent): Order {
  switch (event.type) {
    case 'placed':
      return { kind: 'order', status: 'placed', pieces: 0 };
    case 'line added':
      return { ...order, pieces: order.pieces + event.quantity };
    case 'shipped':
    case 'cancelled':
      return { ...order, status: event.type };
    case TOMBSTONE:
      return NO_ORDER;
  }
}

export function decideOrder({ status, pieces }: Order, command: OrderCommand): Decision<OrderEvent> {
  if (command.kind === 'place') return status === 'none' ? accepted({ type: 'placed' }) : refused('already placed');
  if (status === 'none') return refused('no such order');
  if (command.kind === 'remove') return status === 'placed' ? refused('not finished') : accepted({ type: TOMBSTONE });
  if (status === 'shipped') return refused('already shipped');
  if (status === 'cancelled') return refused('already cancelled');
  switch (command.kind) {
    case 'add line':
      return accepted({ type: 'line added', quantity: command.quantity });
    case 'ship':
      return pieces > 0 ? accepted({ type: 'shipped' }) : refused('nothing to ship');
    case 'cancel':
      return accepted({ type: 'cancelled' });
  }
}
