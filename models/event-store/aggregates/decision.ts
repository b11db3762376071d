/** What an aggregate says to a command. */

/** Why a command is refused. A refusal is an answer: it says something of the state that it was decided on. */
export type Refusal =
  | 'already open'
  | 'no such account'
  | 'insufficient funds'
  | 'already placed'
  | 'no such order'
  | 'already shipped'
  | 'already cancelled'
  | 'nothing to ship'
  | 'not finished';

export type Decision<E> =
  { readonly kind: 'accepted'; readonly events: readonly E[] } | { readonly kind: 'refused'; readonly reason: Refusal };

export const accepted = <E>(...events: E[]): Decision<E> => ({ kind: 'accepted', events });
export const refused = (reason: Refusal): { readonly kind: 'refused'; readonly reason: Refusal } => ({
  kind: 'refused',
  reason,
});
