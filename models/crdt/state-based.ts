/** State-based replication: from time to time, each replica sends all it knows to one of the others, which joins it. */
import { protocol, type NodeId, type Role } from '../../framework/index.js';
import { includesContext } from '../causality/causal-context.js';
import type { ClientMessage } from './messages.js';
import { answerStored, anyOther, isSafe } from './replica.js';
import type { StateRules } from './rules.js';
import { join, type Store } from './store.js';
import { restored, save, serve, type StoreReplica } from './store-replica.js';
import { GOSSIP_MICROS } from './timing.js';

export type StateMessage = ClientMessage | { readonly kind: 'state'; readonly store: Store };

export function stateReplica(replicas: readonly NodeId[], rules: StateRules): Role<StoreReplica, StateMessage> {
  return protocol<StoreReplica, StateMessage, 'gossip' | 'stored'>({
    init(ctx) {
      ctx.setTimer('gossip', GOSSIP_MICROS);
      return restored(rules, ctx);
    },
    on: {
      request: (state, request, from, ctx) => void serve(state, request, { from, rules, ctx }),
      state(state, { store }, _from, ctx) {
        const isNew = !includesContext(state.store.seen, store.seen);
        join(state.store, store, rules);
        if (isNew) save(state, ctx);
      },
    },
    timers: {
      gossip(state, ctx) {
        if (isSafe(state)) ctx.send(anyOther(replicas, ctx), { kind: 'state', store: state.store });
        ctx.setTimer('gossip', GOSSIP_MICROS);
      },
      stored: (state, ctx, key) => answerStored(state, key, ctx),
    },
  });
}
