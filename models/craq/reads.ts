/**
 * Reads at any member (§2.3): a clean version is answered at once. If the latest is dirty the tail is asked which version
 * is committed, and that one is answered, which is why a version is kept until a newer one is clean.
 */
import type { NodeId } from '../../framework/index.js';
import { tailOf } from './configuration.js';
import type { ChainMessage, RequestId } from './messages.js';
import { isSynced, isTail, objectOf, type ReplicaContext, type ReplicaState } from './node-state.js';
import { isDirty, versionOf, type CraqObject } from './objects.js';
import type { Rules } from './rules.js';

interface Read {
  readonly id: RequestId;
  readonly key: string;
  readonly client: NodeId;
}

/** Whoever may not answer says nothing. */
export function onRead(replica: ReplicaState, { id, key, client }: Read, ctx: ReplicaContext, rules: Rules): void {
  if (!isSynced(replica, ctx.self) || !mayRead(replica, ctx, rules)) return;
  const object = objectOf(replica, key);
  if (object === undefined || !isDirty(object)) {
    replica.counts.cleanReads++;
    answer({ client, id }, object, ctx);
    return;
  }
  const tail = tailOf(replica.configuration);
  if (tail === undefined) return;
  replica.counts.versionQueries++;
  const { number } = replica.configuration;
  ctx.send(tail.server, { kind: 'version-query', number, key, asker: { client, id } });
}

const mayRead = ({ leasedFrom }: ReplicaState, ctx: ReplicaContext, rules: Rules): boolean =>
  rules.mayRead({ now: ctx.now(), heartbeatSentAt: leasedFrom });

/** With the clean version, or nothing: there is none. */
function answer(
  { client, id }: { readonly client: NodeId; readonly id: RequestId },
  object: CraqObject | undefined,
  ctx: ReplicaContext,
): void {
  const version = object === undefined ? undefined : versionOf(object, object.clean);
  const result =
    version === undefined ? { version: 0, value: null } : { version: version.version, value: version.value };
  ctx.send(client, { kind: 'value', id, result });
}

/** At the tail. It speaks for the chain only while it is the tail, of the same chain, and has everything. */
export function onVersionQuery(
  replica: ReplicaState,
  { number, key, asker }: Extract<ChainMessage, { readonly kind: 'version-query' }>,
  from: NodeId,
  ctx: ReplicaContext,
  rules: Rules,
): void {
  if (number !== replica.configuration.number || !isTail(replica, ctx.self)) return;
  if (!isSynced(replica, ctx.self) || !mayRead(replica, ctx, rules)) return;
  const version = objectOf(replica, key)?.clean ?? 0;
  ctx.send(from, { kind: 'version-answer', number, key, asker, version });
}

/**
 * The tail's word. If a newer version is clean here by now, the one asked for is gone; the newer one was committed after
 * the tail answered, and so while the client was waiting: it will do as well.
 */
export function onVersionAnswer(
  replica: ReplicaState,
  { number, key, asker, version }: Extract<ChainMessage, { readonly kind: 'version-answer' }>,
  ctx: ReplicaContext,
): void {
  if (number !== replica.configuration.number) return;
  const object = objectOf(replica, key);
  if (object !== undefined && object.clean > version) {
    replica.counts.overtakenQueries++;
    answer(asker, object, ctx);
    return;
  }
  const { client, id } = asker;
  const found = object === undefined ? undefined : versionOf(object, version);
  if (version === 0) ctx.send(client, { kind: 'value', id, result: { version: 0, value: null } });
  else if (found !== undefined) ctx.send(client, { kind: 'value', id, result: { version, value: found.value } });
}
