/**
 * Joining (§5.3): whoever comes back takes its place in the chain with nothing, passes writes on from the first moment, and
 * asks both neighbours for all that they have: forward propagation from the one before it, back propagation from the one
 * after it. What every member must have is in both. It answers no reads until the coordinator has heard that all of it is
 * on disk.
 */
import { predecessorOf, successorOf, type Configuration, type Member } from './configuration.js';
import { heartbeat } from './heartbeat.js';
import type { ChainMessage } from './messages.js';
import { isSynced, objectOf, type ReplicaContext, type ReplicaState } from './node-state.js';
import { commitOf, emptyObject, store, type CraqObject } from './objects.js';
import type { Rules } from './rules.js';
import { FETCH_MICROS } from './timing.js';
import { accept, isHere, noteCommit, OBJECTS_LOG } from './writes.js';

/** Begins, or begins again in a new configuration: other neighbours may have something else. */
export function startJoining(replica: ReplicaState, member: Member, ctx: ReplicaContext): void {
  if (member.since !== replica.since) {
    replica.since = member.since;
    replica.left = replica.objects;
    replica.objects = [];
    replica.pending = [];
    replica.syncing = 0;
    ctx.disk.truncate(OBJECTS_LOG, 0);
  }
  const from = syncedNeighbours(replica.configuration, member);
  replica.joining = from.length === 0 ? null : { from: from.map(({ server }) => server), commits: [] };
  fetch(replica, ctx);
}

const syncedNeighbours = (configuration: Configuration, { server }: Member): Member[] =>
  [predecessorOf(configuration, server), successorOf(configuration, server)].flatMap((neighbour) =>
    neighbour?.synced === true ? [neighbour] : [],
  );

export function fetch(replica: ReplicaState, ctx: ReplicaContext): void {
  if (replica.joining === null || replica.joining.from.length === 0) return;
  for (const neighbour of replica.joining.from)
    ctx.send(neighbour, { kind: 'fetch', number: replica.configuration.number });
  ctx.setTimer('fetch', FETCH_MICROS);
}

/** At a neighbour. Only who has everything can give it. */
export function onFetch(replica: ReplicaState, number: number, from: string, ctx: ReplicaContext): void {
  if (number !== replica.configuration.number || !isSynced(replica, ctx.self)) return;
  replica.counts.propagated++;
  const isBack = predecessorOf(replica.configuration, ctx.self)?.server === from;
  ctx.send(from, { kind: 'propagate', number, objects: isBack ? withPending(replica) : replica.objects });
}

/**
 * Back propagation has what is still on its way to the disk too: a head that is the second from now on will not send it to
 * the new one when it is there. Forward propagation has not: it is sent on in its time, and nobody has what those before lack.
 */
function withPending({ objects, pending }: ReplicaState): CraqObject[] {
  const everything = objects.map((object) => ({ ...object, versions: [...object.versions] }));
  for (const { key, version } of pending) {
    const known = everything.find((object) => object.key === key);
    const object = known ?? emptyObject(key);
    if (known === undefined) everything.push(object);
    store(object, version);
  }
  return everything;
}

export function onPropagate(
  replica: ReplicaState,
  { number, objects }: Extract<ChainMessage, { readonly kind: 'propagate' }>,
  from: string,
  ctx: ReplicaContext,
  rules: Rules,
): void {
  const { joining, left } = replica;
  const place = joining?.from.indexOf(from) ?? -1;
  if (number !== replica.configuration.number || joining === null || place < 0) return;
  for (const theirs of objects) {
    const own = left.find(({ key }) => key === theirs.key);
    if (own !== undefined && !rules.acceptsCopy({ own, theirs })) return;
  }
  joining.from.splice(place, 1);
  for (const { key, versions } of objects)
    for (const version of versions)
      if (version.version > (objectOf(replica, key)?.clean ?? 0) && !isHere(replica, key, version.version))
        accept(replica, { key, version }, ctx);
  joining.commits.push(...objects.filter(({ clean }) => clean > 0).map(commitOf));
  finishJoining(replica, ctx);
}

/** When both have answered and all is on disk, what they called committed is, and the coordinator is told. */
export function finishJoining(replica: ReplicaState, ctx: ReplicaContext): void {
  const { joining } = replica;
  if (joining === null || joining.from.length > 0 || replica.pending.length > 0) return;
  for (const commit of joining.commits) {
    const object = objectOf(replica, commit.key);
    if (object !== undefined) noteCommit(object, commit, ctx);
  }
  replica.joining = null;
  replica.left = [];
  replica.ready = replica.configuration.number;
  heartbeat(replica, ctx);
}
