/** Following the store by its own protocol, as whoever is not a client does: a page after the other, none left out. */
import type { Context } from '../../../framework/index.js';
import type { Message, RecordedEvent } from '../messages.js';
import { STORE } from '../nodes.js';
import { renewalMicros } from './timing.js';

export interface Follower {
  /** Every event up to here has been received. */
  through: number;
}

type Page = Extract<Message, { readonly kind: 'page' }>;

/** Asks for everything after `through`, and again in a while. */
export function follow(follower: Follower, ctx: Pick<Context<Message, 'renew'>, 'send' | 'setTimer'>): void {
  ctx.send(STORE, { kind: 'subscribe', after: follower.through });
  ctx.setTimer('renew', renewalMicros);
}

/** What is new in a page, in order; undefined if a page before it was lost or overtaken. */
export const newIn = ({ after, events }: Page, { through }: Follower): readonly RecordedEvent[] | undefined =>
  after > through ? undefined : events.filter(({ position }) => position > through);
