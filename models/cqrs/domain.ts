/** An order as an aggregate: its state is the fold of its events, and a command is a decision on that state. */
import type { Command, Document, OrderEvent, Status } from './messages.js';

export interface Order {
  /** The number of its events; an order that has none does not exist. */
  readonly version: number;
  readonly customer: string;
  readonly name: string;
  readonly status: Status;
  readonly items: readonly string[];
}

export const NO_ORDER: Order = { version: 0, customer: '', name: '', status: 'open', items: [] };

/** The state after one more event. */
export function evolve(order: Order, event: OrderEvent): Order {
  const version = order.version + 1;
  switch (event.type) {
    case 'created':
      return { ...order, version, customer: event.customer, name: event.name };
    case 'item added':
      return { ...order, version, items: [...order.items, event.item] };
    case 'shipped':
      return { ...order, version, status: 'shipped' };
  }
}

export const documentOf = (id: string, { version, customer, status, items }: Order): Document => ({
  order: id,
  version,
  customer,
  status,
  items,
});

/** What a command comes to: events, or the reason why there are none. */
export type Decision =
  | { readonly kind: 'accepted'; readonly events: readonly OrderEvent[] }
  | { readonly kind: 'refused'; readonly reason: string };

/** What `command` does to an order: the only place where the rules of the business are written. */
export function decide(order: Order, command: Command): Decision {
  if (command.kind === 'create') {
    if (order.version > 0) return { kind: 'refused', reason: 'already there' };
    const { customer, name, item } = command;
    return {
      kind: 'accepted',
      events: [
        { type: 'created', customer, name },
        { type: 'item added', item },
      ],
    };
  }
  if (order.version === 0) return { kind: 'refused', reason: 'no such order' };
  if (order.status === 'shipped') return { kind: 'refused', reason: 'already shipped' };
  const event: OrderEvent =
    command.kind === 'add' ? { type: 'item added', item: command.item } : { type: 'shipped', name: order.name };
  return { kind: 'accepted', events: [event] };
}
