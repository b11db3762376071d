/**
 * A read-only replica, as KurrentDB has them: it follows the store, keeps the log on its own disk, serves history in pages,
 * and tells live subscriptions what comes. A subscription begins with what comes after it: what was before must be read.
 */
import { protocol, type Context, type NodeId } from '../../../framework/index.js';
import type { RecordedEvent } from '../messages.js';
import { follow, newIn, type Follower } from './following.js';
import type { CatchUpMessage } from './messages.js';

export interface ReplicaState extends Follower {
  /** In order of position. */
  readonly log: RecordedEvent[];
  /** The live subscription of each subscriber, and how many messages it was sent. */
  readonly subscriptions: Record<NodeId, { readonly id: string; sent: number }>;
}

type Ctx = Context<CatchUpMessage, 'renew' | 'kept'>;

function start(log: RecordedEvent[], ctx: Ctx): ReplicaState {
  const state = { log, through: log.at(-1)?.position ?? 0, subscriptions: {} };
  follow(state, ctx);
  return state;
}

function publish({ subscriptions }: ReplicaState, events: readonly RecordedEvent[], ctx: Ctx): void {
  for (const subscriber of Object.keys(subscriptions).sort()) {
    const subscription = subscriptions[subscriber];
    if (subscription === undefined) continue;
    subscription.sent++;
    ctx.send(subscriber, { kind: 'live', id: subscription.id, number: subscription.sent, events });
  }
}

export const replica = () =>
  protocol<ReplicaState, CatchUpMessage, 'renew' | 'kept'>({
    init: (ctx) => start([], ctx),
    recover: (ctx) => start(ctx.disk.read<RecordedEvent>('log'), ctx),
    on: {
      page(state, page, _from, ctx) {
        const events = newIn(page, state);
        if (events === undefined) {
          follow(state, ctx);
          return;
        }
        state.through = Math.max(state.through, page.through);
        if (events.length === 0) return;
        for (const event of events) {
          state.log.push(event);
          ctx.disk.append('log', event);
        }
        ctx.disk.sync('kept');
        publish(state, events, ctx);
      },
      fetch(state, { id, after, limit }, from, ctx) {
        const rest = state.log.filter(({ position }) => position > after);
        const events = rest.slice(0, limit);
        const end = rest.length <= limit;
        const through = end ? state.through : (events.at(-1)?.position ?? after);
        ctx.send(from, { kind: 'slice', id, through, events, end });
      },
      listen(state, { id }, from, ctx) {
        state.subscriptions[from] = { id, sent: 0 };
        ctx.send(from, { kind: 'listening', id, at: state.through });
      },
      poll(state, { id }, from, ctx) {
        const subscription = state.subscriptions[from];
        if (subscription?.id === id) ctx.send(from, { kind: 'pulse', id, sent: subscription.sent });
        else ctx.send(from, { kind: 'dropped', id });
      },
    },
    timers: {
      renew(state, ctx) {
        follow(state, ctx);
      },
      kept() {
        // Nothing waits for it: what a crash loses is the store's still, and is asked for again.
      },
    },
  });
