/** What replicas have in common that hold a state which can be joined. */
import type { Context, NodeId } from '../../framework/index.js';
import { copyContext } from '../causality/causal-context.js';
import type { ClientMessage, Taken } from './messages.js';
import { beginLife, inspect, isRepeated, isUpdate, nextName, persist, type Inspection, type Life } from './replica.js';
import type { StateRules } from './rules.js';
import { deltaOf, emptyStore, join, viewOf, type Store } from './store.js';

export interface StoreReplica extends Life {
  store: Store;
}

interface Durable {
  readonly store: Store;
  readonly journal: readonly Taken[];
}

type StoreContext = Context<ClientMessage, 'stored'>;

export function restored(rules: StateRules, ctx: StoreContext): StoreReplica {
  const { store, journal } = ctx.disk.get<Durable>('replica') ?? { store: emptyStore(), journal: [] };
  return { ...beginLife(rules, ctx, journal), store };
}

export function save(state: StoreReplica, ctx: StoreContext): number {
  const { store, journal } = state;
  return persist(state, { store, journal } satisfies Durable, ctx);
}

/** Answers a read, or takes an update, of which it gives back the delta. */
export function serve(
  state: StoreReplica,
  { id, operation }: Extract<ClientMessage, { readonly kind: 'request' }>,
  where: { readonly from: NodeId; readonly rules: StateRules; readonly ctx: StoreContext },
): Store | undefined {
  const { store } = state;
  const { from, rules, ctx } = where;
  if (!isUpdate(operation)) {
    ctx.send(from, { kind: 'answer', id, result: { seen: store.seen, view: viewOf(store) } });
    return undefined;
  }
  if (isRepeated(state, id, from, ctx)) return undefined;
  const name = nextName({ actor: state.actor, seen: store.seen, latest: store.latest }, rules, ctx);
  const { delta, neighbours } = deltaOf(store, operation, name);
  const taken: Taken = { id, dot: name.dot, update: operation, follows: copyContext(store.seen), ...neighbours };
  join(store, delta, rules);
  state.journal.push(taken);
  state.waiting.push({ client: from, id, taken, sync: save(state, ctx) });
  return delta;
}

export const inspectStore = (state: StoreReplica): Inspection => inspect(state, state.store.seen, viewOf(state.store));
