/**
 * From the primary's log to its backups': records by index, cumulative acknowledgements, and retransmission of whatever
 * is not acknowledged. Nothing is asked of the network: it may lose, duplicate and reorder all of it.
 */
import type { NodeId } from '../../framework/index.js';
import { tendInSyncSet } from './in-sync-set.js';
import { commonLength } from './log.js';
import type { Epoch } from './messages.js';
import { epochs, heldBy, type Follower, type ReplicaContext, type ReplicaState } from './replica-state.js';
import type { Setting } from './replica-state.js';
import { lengthOf } from './storage.js';

/** Every interval each backup gets what it is not known to have, or at least word of who is the primary. */
export function shipInterval(state: ReplicaState, setting: Setting, ctx: ReplicaContext): void {
  const { reign } = state;
  if (reign === null) return;
  for (const follower of reign.followers) ship(state, { follower, from: follower.position }, setting, ctx);
  if (setting.configuration.mode === 'sync') tendInSyncSet(state, setting, ctx);
  ctx.setTimer('ship', setting.configuration.shipMicros);
}

/** Whatever has not been sent yet, to each backup that has joined. */
export function shipAtOnce(state: ReplicaState, setting: Setting, ctx: ReplicaContext): void {
  if (state.reign === null) return;
  for (const follower of state.reign.followers)
    if (follower.position !== null) ship(state, { follower, from: follower.shipped }, setting, ctx);
}

function ship(
  state: ReplicaState,
  { follower, from }: { readonly follower: Follower; readonly from: number | null },
  setting: Setting,
  ctx: ReplicaContext,
): void {
  if (from !== null) follower.shipped = lengthOf(state);
  const { term, store, log } = state;
  if (from !== null && from < store.applied) ctx.send(follower.node, { kind: 'install', term, store });
  const first = Math.max(from ?? 0, store.applied);
  ctx.send(follower.node, {
    kind: 'replicate',
    term,
    from: first,
    records: from === null ? [] : log.slice(first - store.applied),
    committed: state.committed,
    stable: state.stable,
    held: heldBy(state, setting),
    sentAt: ctx.now(),
  });
}

/**
 * A backup says how much it has on disk. What to send next follows its last word; what it counts for follows the most
 * it ever said in this term, because nothing durable is cut off again within a term.
 */
export function noteAcked(state: ReplicaState, from: NodeId, length: number, ctx: ReplicaContext): void {
  const follower = state.reign?.followers.find(({ node }) => node === from);
  if (follower === undefined) return;
  if (follower.position === null) follower.shipped = length;
  follower.position = length;
  follower.acked = Math.max(follower.acked, length);
  follower.heardAt = ctx.now();
}

/** Tells a backup where its log and this one part. Nothing is remembered: its first acknowledgement will say it has joined. */
export function answerJoin(
  state: ReplicaState,
  { from, askedAt, theirs }: { readonly from: NodeId; readonly askedAt: number; readonly theirs: readonly Epoch[] },
  ctx: ReplicaContext,
): void {
  if (state.reign === null) return;
  ctx.send(from, { kind: 'welcome', term: state.term, askedAt, common: commonLength(epochs(state), theirs) });
}
