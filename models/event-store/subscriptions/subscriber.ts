/**
 * A projection on a catch-up subscription: it reads history in pages until there is no more, opens a live subscription, reads
 * on up to where that begins, then takes what came live meanwhile, by position, and follows. Its state and the position up
 * to which events are folded into it are one checkpoint.
 */
import { protocol, type Context } from '../../../framework/index.js';
import type { RecordedEvent } from '../messages.js';
import type { CatchUpRules, Checkpoint } from './catch-up-rules.js';
import type { CatchUpMessage } from './messages.js';
import { REPLICA } from './nodes.js';
import { checkpointEvery, checkpointMicros, pageLength, patienceMicros, pollMicros, unansweredMax } from './timing.js';
import type { Projection, View } from './views.js';

/** A live subscription, and how many of its messages have come, none left out. */
interface Subscription {
  readonly id: string;
  received: number;
}

export type Phase =
  /** Pages of history, as far as it goes. */
  | { readonly kind: 'reading'; readonly request: string }
  /** The live subscription was asked for. */
  | { readonly kind: 'joining'; readonly live: Subscription }
  /** It stands, from position `at` on; what was committed before is still being read, and what comes live is kept. */
  | {
      readonly kind: 'closing';
      readonly live: Subscription;
      readonly at: number;
      readonly request: string;
      readonly buffer: RecordedEvent[];
    }
  | { readonly kind: 'live'; readonly live: Subscription; unanswered: number };

export interface SubscriberState {
  phase: Phase;
  /** Every event up to here is folded into the view. */
  position: number;
  view: View;
  /** The view in the last checkpoint written. */
  written: View | null;
  /** How many events were folded since. */
  sinceCheckpoint: number;
  /** For the record: hand-overs to live, those that had to read on first, events that came both ways, and a restart. */
  readonly seen: { handOvers: number; readOn: number; twice: number; readonly restored: number };
}

type Timer = 'patience' | 'poll' | 'checkpoint' | 'checkpointed';
type Ctx = Context<CatchUpMessage, Timer>;

/** Pages are fewer in a model than in a store: `limit` events each. */
export function subscriber(rules: CatchUpRules, { initial, when }: Projection, limit: number = pageLength) {
  /** An id that no other life of this node has used. */
  const uniqueId = (ctx: Ctx): string => `${ctx.self}-${ctx.random.uint32()}`;

  const fetch = (position: number, ctx: Ctx): string => {
    const id = uniqueId(ctx);
    ctx.send(REPLICA, { kind: 'fetch', id, after: position, limit });
    ctx.setTimer('patience', patienceMicros);
    return id;
  };

  const start = ({ position, view }: Checkpoint, ctx: Ctx): SubscriberState => ({
    phase: { kind: 'reading', request: fetch(position, ctx) },
    position,
    view: view ?? initial,
    written: view,
    sinceCheckpoint: 0,
    seen: { handOvers: 0, readOn: 0, twice: 0, restored: position > 0 ? 1 : 0 },
  });

  const catchUp = (state: SubscriberState, ctx: Ctx) => {
    ctx.cancelTimer('poll');
    state.phase = { kind: 'reading', request: fetch(state.position, ctx) };
  };

  const listen = (state: SubscriberState, ctx: Ctx) => {
    const id = uniqueId(ctx);
    ctx.send(REPLICA, { kind: 'listen', id });
    ctx.setTimer('patience', patienceMicros);
    state.phase = { kind: 'joining', live: { id, received: 0 } };
  };

  const writeCheckpoint = (state: SubscriberState, ctx: Ctx) => {
    const { position, view, written } = state;
    ctx.disk.set('checkpoint', rules.checkpoint({ position, view, written }));
    ctx.disk.sync('checkpointed');
    state.written = view;
    state.sinceCheckpoint = 0;
    ctx.cancelTimer('checkpoint');
  };

  const handle = (state: SubscriberState, events: readonly RecordedEvent[], ctx: Ctx) => {
    for (const event of events) {
      if (event.position <= state.position) state.seen.twice++;
      if (rules.isHandled(event, state.position)) continue;
      state.view = when(state.view, event);
      state.position = Math.max(state.position, event.position);
      state.sinceCheckpoint++;
      if (state.sinceCheckpoint === 1) ctx.setTimer('checkpoint', checkpointMicros);
      if (state.sinceCheckpoint >= checkpointEvery) writeCheckpoint(state, ctx);
    }
  };

  const goLive = (state: SubscriberState, live: Subscription, buffer: readonly RecordedEvent[], ctx: Ctx) => {
    ctx.cancelTimer('patience');
    ctx.setTimer('poll', pollMicros);
    state.seen.handOvers++;
    state.phase = { kind: 'live', live, unanswered: 0 };
    handle(state, buffer, ctx);
  };

  return protocol<SubscriberState, CatchUpMessage, Timer>({
    init: (ctx) => start({ position: 0, view: null }, ctx),
    recover: (ctx) => start(ctx.disk.get<Checkpoint>('checkpoint') ?? { position: 0, view: null }, ctx),
    on: {
      slice(state, { id, events, through, end }, _from, ctx) {
        const { phase } = state;
        if (!('request' in phase) || phase.request !== id) return;
        handle(state, events, ctx);
        state.position = Math.max(state.position, through);
        const isBehind = phase.kind === 'closing' && state.position < phase.at;
        if (phase.kind === 'closing' && !isBehind) goLive(state, phase.live, phase.buffer, ctx);
        else if (!end) state.phase = { ...phase, request: fetch(state.position, ctx) };
        // The replica has forgotten what it had when the subscription began, and so the subscription too.
        else if (isBehind) catchUp(state, ctx);
        else listen(state, ctx);
      },
      listening(state, { id, at }, _from, ctx) {
        const { phase, position } = state;
        if (phase.kind !== 'joining' || phase.live.id !== id) return;
        if (!rules.mustReadOn({ position, at })) {
          goLive(state, phase.live, [], ctx);
          return;
        }
        state.seen.readOn++;
        state.phase = { kind: 'closing', live: phase.live, at, request: fetch(position, ctx), buffer: [] };
      },
      live(state, { id, number, events }, _from, ctx) {
        const { phase } = state;
        if (!('live' in phase) || phase.live.id !== id) return;
        // One was lost with the connection, or the confirmation was. Positions do not tell: they have gaps of their own.
        if (phase.kind === 'joining' || number !== phase.live.received + 1) {
          catchUp(state, ctx);
          return;
        }
        phase.live.received = number;
        if (phase.kind === 'closing') phase.buffer.push(...events);
        else handle(state, events, ctx);
      },
      pulse(state, { id, sent }, _from, ctx) {
        const { phase } = state;
        if (phase.kind !== 'live' || phase.live.id !== id) return;
        phase.unanswered = 0;
        if (sent > phase.live.received) catchUp(state, ctx);
      },
      dropped(state, { id }, _from, ctx) {
        const { phase } = state;
        if (phase.kind === 'live' && phase.live.id === id) catchUp(state, ctx);
      },
    },
    timers: {
      patience(state, ctx) {
        catchUp(state, ctx);
      },
      poll(state, ctx) {
        const { phase } = state;
        if (phase.kind !== 'live') return;
        phase.unanswered++;
        if (phase.unanswered > unansweredMax) {
          catchUp(state, ctx);
          return;
        }
        ctx.send(REPLICA, { kind: 'poll', id: phase.live.id });
        ctx.setTimer('poll', pollMicros);
      },
      checkpoint(state, ctx) {
        writeCheckpoint(state, ctx);
      },
      checkpointed() {
        // Nothing waits for it: after a crash the projection starts from the last one that was kept.
      },
    },
  });
}
