/**
 * Delta-state replication (P. Almeida, A. Shoker, C. Baquero, "Delta state replicated data types", JPDC 111, 2018, Algorithm
 * 2): replicas send each other what is new since the last interval that the other has acknowledged, or everything, if
 * they no longer know. An interval is joined only by whoever has all that came before it, so no update overtakes another.
 * A replica that loses its disk loses what it acknowledged: intervals name the life that they are meant for.
 */
import { protocol, type Context, type NodeId, type Role } from '../../framework/index.js';
import { includesContext, type Actor } from '../causality/causal-context.js';
import type { ClientMessage } from './messages.js';
import { answerStored, anyOther, isSafe } from './replica.js';
import type { DeltaRules } from './rules.js';
import { emptyStore, join, type Store } from './store.js';
import { restored, save, serve, type StoreReplica } from './store-replica.js';
import { GOSSIP_MICROS } from './timing.js';

/** Of `by`, what it knew before its delta `until`. */
interface News {
  readonly by: Actor;
  readonly until: number;
  readonly store: Store;
}

export type DeltaMessage =
  | ClientMessage
  | ({ readonly kind: 'everything' } & News)
  /** Only what it has learned since what `meantFor` has last acknowledged. */
  | ({ readonly kind: 'interval'; readonly meantFor: Actor } & News)
  /** `by` has on its disk all that `of` knew before its delta `until`. */
  | { readonly kind: 'joined'; readonly of: Actor; readonly by: Actor; readonly until: number }
  /** An interval was meant for an earlier life of this replica. */
  | { readonly kind: 'refused'; readonly of: Actor };

/** What another replica has acknowledged, in this life of it. */
interface Peer {
  readonly actor: Actor;
  until: number;
}

export interface DeltaReplica extends StoreReplica {
  /** What this replica has learned in this life and some other has not acknowledged, and the number of the first. */
  deltas: Store[];
  firstDelta: number;
  peers: Record<NodeId, Peer>;
  /** Acknowledgements that wait for the disk. */
  owed: { readonly to: NodeId; readonly of: Actor; readonly until: number; readonly sync: number }[];
}

/** Whoever has acknowledged nothing is sent everything: no delta has this number. */
const NOTHING = 0;

type ReplicaContext = Context<DeltaMessage, 'gossip' | 'stored'>;

export function deltaReplica(replicas: readonly NodeId[], rules: DeltaRules): Role<DeltaReplica, DeltaMessage> {
  /** Joins what another sends; from here it goes on to the third. */
  const learn = (state: DeltaReplica, { by, until, store }: News, from: NodeId, ctx: ReplicaContext): void => {
    if (!includesContext(state.store.seen, store.seen)) {
      join(state.store, store, rules);
      state.deltas.push(store);
    }
    // Also if nothing is new: what an earlier message has brought may not be on the disk yet.
    state.owed.push({ to: from, of: by, until, sync: save(state, ctx) });
  };
  return protocol<DeltaReplica, DeltaMessage, 'gossip' | 'stored'>({
    init(ctx) {
      ctx.setTimer('gossip', GOSSIP_MICROS);
      return { ...restored(rules, ctx), deltas: [], firstDelta: NOTHING + 1, peers: {}, owed: [] };
    },
    on: {
      request(state, request, from, ctx) {
        const delta = serve(state, request, { from, rules, ctx });
        if (delta !== undefined) state.deltas.push(delta);
      },
      everything: learn,
      interval(state, message, from, ctx) {
        if (rules.mayJoin(state.actor, message.meantFor)) learn(state, message, from, ctx);
        else ctx.send(from, { kind: 'refused', of: message.by });
      },
      joined(state, { of, by, until }, from, ctx) {
        if (of !== state.actor) return;
        const known = state.peers[from];
        state.peers[from] = { actor: by, until: known?.actor === by ? Math.max(known.until, until) : until };
        forgetAcknowledged(state, replicas, ctx);
      },
      refused(state, { of }, from) {
        if (of === state.actor) Reflect.deleteProperty(state.peers, from);
      },
    },
    timers: {
      gossip(state, ctx) {
        if (isSafe(state)) sendNews(state, anyOther(replicas, ctx), { rules, ctx });
        ctx.setTimer('gossip', GOSSIP_MICROS);
      },
      stored(state, ctx, key) {
        answerStored(state, key, ctx);
        const isStored = ({ sync }: DeltaReplica['owed'][number]): boolean => sync <= Number(key);
        for (const { to, of, until } of state.owed.filter(isStored))
          ctx.send(to, { kind: 'joined', of, by: state.actor, until });
        state.owed = state.owed.filter((one) => !isStored(one));
      },
    },
  });
}

function sendNews(
  { actor, store, deltas, firstDelta, peers }: DeltaReplica,
  to: NodeId,
  { rules, ctx }: { readonly rules: DeltaRules; readonly ctx: ReplicaContext },
): void {
  const peer = peers[to];
  const until = firstDelta + deltas.length;
  if (peer === undefined || peer.until < firstDelta) {
    ctx.send(to, { kind: 'everything', by: actor, until, store });
    return;
  }
  if (peer.until === until) return;
  const interval = emptyStore();
  for (const delta of deltas.slice(peer.until - firstDelta)) join(interval, delta, rules);
  ctx.send(to, { kind: 'interval', by: actor, meantFor: peer.actor, until, store: interval });
}

/** Deltas are kept until all others have acknowledged them. */
function forgetAcknowledged(state: DeltaReplica, replicas: readonly NodeId[], { self }: ReplicaContext): void {
  const others = replicas.filter((node) => node !== self);
  const byAll = Math.min(...others.map((node) => state.peers[node]?.until ?? NOTHING));
  const count = Math.max(0, byAll - state.firstDelta);
  state.deltas.splice(0, count);
  state.firstDelta += count;
}
