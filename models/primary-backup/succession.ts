/**
 * A replica's part in a failover. It is fenced first: it obeys no primary of an older term any more, has that on disk,
 * and reports what it holds. If it is then promoted, it has that on disk before it reigns: after a crash it will not
 * reign twice in one term with two different logs.
 */
import type { MonitorMessage } from './messages.js';
import { beginReign } from './primary.js';
import { epochs, learnTerm, type ReplicaContext, type ReplicaState, type Setting } from './replica-state.js';
import { rewind } from './storage.js';

type Promote = Extract<MonitorMessage, { readonly kind: 'promote' }>;

export function takeFence(state: ReplicaState, term: number, ctx: ReplicaContext): void {
  if (term < state.term || state.promoted >= term) return;
  learnTerm(state, term, ctx);
  ctx.disk.sync('fenced', String(term));
}

export function fenceSynced(state: ReplicaState, key: string, { configuration }: Setting, ctx: ReplicaContext): void {
  if (Number(key) !== state.term || state.promoted >= state.term) return;
  ctx.send(configuration.monitor, { kind: 'report', term: state.term, epochs: epochs(state), level: state.level });
}

/** It has not taken a record since it reported, so what is to be kept of its log is what the monitor says. */
export function takePromote(state: ReplicaState, { term, kept, inSync, version }: Promote, ctx: ReplicaContext): void {
  if (term < state.term || state.promoted >= term) return;
  learnTerm(state, term, ctx);
  state.promoted = term;
  state.promotion = { term, inSync: [...inSync], version };
  ctx.disk.set('promoted', term);
  rewind(state, kept, ctx);
  ctx.disk.sync('crowned', String(term));
}

export function promotionSynced(state: ReplicaState, key: string, setting: Setting, ctx: ReplicaContext): void {
  const { promotion } = state;
  if (promotion?.term !== Number(key) || promotion.term !== state.term) return;
  beginReign(state, promotion, setting, ctx);
}
