/**
 * The in-sync set of the synchronous system: the replicas that hold every acknowledged write, and so may be promoted. It
 * is the monitor's; the primary asks for changes and waits until they are confirmed (PacificA, MSR-TR-2008-25, §2.3:
 * the configuration manager; Kafka's in-sync replicas, KIP-497). Until then it honours the old set and the new one.
 */
import type { NodeId } from '../../framework/index.js';
import type { ReplicaContext, ReplicaState, Setting } from './replica-state.js';

/** Asks to drop a member that has been silent for too long, or to admit a backup that has caught up; one at a time. */
export function tendInSyncSet(state: ReplicaState, { configuration }: Setting, ctx: ReplicaContext): void {
  const { reign } = state;
  if (reign === null) return;
  const now = ctx.now();
  if (reign.asked === null) {
    const { inSync, followers } = reign;
    // Of an earlier primary's acknowledgements this one may not know, but all of them are in what it inherited.
    const enough = Math.max(state.committed, reign.inherited);
    const silent = followers.find(
      ({ node, heardAt }) => inSync.includes(node) && now - heardAt > configuration.dropMicros,
    );
    const caughtUp = followers.find(
      ({ node, acked, heardAt }) =>
        !inSync.includes(node) && acked >= enough && now - heardAt <= configuration.dropMicros / 2,
    );
    if (silent !== undefined) reign.asked = inSync.filter((node) => node !== silent.node);
    else if (caughtUp !== undefined) reign.asked = [...inSync, caughtUp.node];
  }
  if (reign.asked === null) return;
  ctx.send(configuration.monitor, {
    kind: 'change',
    term: state.term,
    version: reign.version + 1,
    inSync: reign.asked,
  });
}

/** The monitor's word on the set: what was asked for is in force, or was before. */
export function noteChanged(
  state: ReplicaState,
  { version, inSync }: { readonly version: number; readonly inSync: readonly NodeId[] },
): void {
  const { reign } = state;
  if (reign === null || version <= reign.version) return;
  reign.version = version;
  reign.inSync = [...inSync];
  reign.asked = null;
}
