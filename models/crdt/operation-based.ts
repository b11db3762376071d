/**
 * Operation-based replication over causal broadcast: an update is sent to all as soon as it is on disk, and delivered
 * everywhere once, after all that it follows (K. Birman, A. Schiper, P. Stephenson, "Lightweight causal and atomic group
 * multicast", TOCS 9(3), 1991). What is lost on the way is asked for: from time to time a replica tells another what has
 * been delivered to it, and is sent the rest of the other's log.
 */
import { protocol, type Context, type NodeId, type Role } from '../../framework/index.js';
import { addDot, copyContext, emptyContext, hasSeen, type CausalContext } from '../causality/causal-context.js';
import { apply, effectOf, noObjects, viewOfObjects, type Effect, type Objects } from './effects.js';
import type { ClientMessage, Taken } from './messages.js';
import {
  answerStored,
  anyOther,
  beginLife,
  inspect,
  isRepeated,
  isSafe,
  isUpdate,
  nextName,
  persist,
  type Inspection,
  type Life,
} from './replica.js';
import type { OperationRules } from './rules.js';
import { GOSSIP_MICROS } from './timing.js';

/** What is broadcast: an effect, and all that the replica which took it had delivered before. */
export interface Broadcast {
  readonly effect: Effect;
  readonly follows: CausalContext;
}

export type OperationMessage =
  | ClientMessage
  | { readonly kind: 'broadcast'; readonly broadcasts: readonly Broadcast[] }
  | { readonly kind: 'delivered'; readonly context: CausalContext };

export interface OperationReplica extends Life {
  objects: Objects;
  delivered: CausalContext;
  /** All that was delivered, in that order: a causal one. */
  log: Broadcast[];
  /** What was taken here and waits for the disk. */
  unsent: Broadcast[];
  /** What has arrived before something that it follows. */
  early: Broadcast[];
}

interface Durable {
  readonly log: readonly Broadcast[];
  readonly journal: readonly Taken[];
}

type ReplicaContext = Context<OperationMessage, 'gossip' | 'stored'>;

export function operationReplica(
  replicas: readonly NodeId[],
  rules: OperationRules,
): Role<OperationReplica, OperationMessage> {
  const deliver = (state: OperationReplica, { effect, follows }: Broadcast): void => {
    apply(state.objects, effect, rules);
    addDot(state.delivered, effect.dot);
    state.log.push({ effect, follows });
  };
  /** Delivers what is no longer early. What it was early for may have been so too: from the beginning, each time. */
  const deliverInOrder = (state: OperationReplica): void => {
    const isReady = ({ follows }: Broadcast): boolean => rules.isDeliverable(state.delivered, follows);
    for (let place = state.early.findIndex(isReady); place >= 0; place = state.early.findIndex(isReady)) {
      const [ready] = state.early.splice(place, 1);
      if (ready !== undefined && rules.isNew(state.delivered, ready.effect.dot)) deliver(state, ready);
    }
  };
  const save = (state: OperationReplica, ctx: ReplicaContext): number =>
    persist(state, { log: state.log, journal: state.journal } satisfies Durable, ctx);
  return protocol<OperationReplica, OperationMessage, 'gossip' | 'stored'>({
    init(ctx) {
      ctx.setTimer('gossip', GOSSIP_MICROS);
      const { log, journal } = ctx.disk.get<Durable>('replica') ?? { log: [], journal: [] };
      const life = beginLife(rules, ctx, journal);
      const state = { ...life, objects: noObjects(), delivered: emptyContext(), log: [], unsent: [], early: [] };
      for (const one of log) deliver(state, one);
      return state;
    },
    on: {
      request(state, { id, operation }, from, ctx) {
        const { objects, delivered } = state;
        if (!isUpdate(operation)) {
          ctx.send(from, { kind: 'answer', id, result: { seen: delivered, view: viewOfObjects(objects) } });
          return;
        }
        if (isRepeated(state, id, from, ctx)) return;
        const name = nextName({ actor: state.actor, seen: delivered, latest: objects.latest }, rules, ctx);
        const { effect, neighbours } = effectOf(objects, operation, name);
        const follows = copyContext(delivered);
        deliver(state, { effect, follows });
        const taken: Taken = { id, dot: name.dot, update: operation, follows, ...neighbours };
        state.journal.push(taken);
        state.waiting.push({ client: from, id, taken, sync: save(state, ctx) });
        state.unsent.push({ effect, follows });
      },
      broadcast(state, { broadcasts }, _from, ctx) {
        const before = state.log.length;
        for (const one of broadcasts) if (rules.isNew(state.delivered, one.effect.dot)) state.early.push(one);
        deliverInOrder(state);
        if (state.log.length > before) save(state, ctx);
      },
      delivered(state, { context }, from, ctx) {
        if (!isSafe(state)) return;
        const broadcasts = state.log.filter(({ effect }) => !hasSeen(context, effect.dot));
        if (broadcasts.length > 0) ctx.send(from, { kind: 'broadcast', broadcasts });
      },
    },
    timers: {
      gossip(state, ctx) {
        ctx.send(anyOther(replicas, ctx), { kind: 'delivered', context: state.delivered });
        ctx.setTimer('gossip', GOSSIP_MICROS);
      },
      stored(state, ctx, key) {
        answerStored(state, key, ctx);
        if (!isSafe(state) || state.unsent.length === 0) return;
        for (const node of replicas)
          if (node !== ctx.self) ctx.send(node, { kind: 'broadcast', broadcasts: state.unsent });
        state.unsent = [];
      },
    },
  });
}

export const inspectOperations = (state: OperationReplica): Inspection =>
  inspect(state, state.delivered, viewOfObjects(state.objects));
