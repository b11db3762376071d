/**
 * The way of a write (§2.3): the head numbers it, every replica keeps it as a dirty version and passes it on, the tail
 * commits it and answers, and its acknowledgement, on the way up, makes the version clean.
 */
import type { NodeId } from '../../framework/index.js';
import { valueAfter } from '../specs/versioned-key-value.js';
import { predecessorOf, successorOf } from './configuration.js';
import type { ChainMessage, RequestId, Update } from './messages.js';
import {
  commitOf,
  dirtyVersions,
  isDirty,
  latestOf,
  markClean,
  store,
  type Commit,
  type CraqObject,
} from './objects.js';
import type { Session, Version } from './objects.js';
import type { Rules } from './rules.js';
import {
  ensureObject,
  isHead,
  isSynced,
  isTail,
  objectOf,
  type ReplicaContext,
  type ReplicaState,
  type Write,
} from './node-state.js';
import { RETRANSMIT_MICROS } from './timing.js';

/** Where the disk keeps versions, and what was committed. */
export const OBJECTS_LOG = 'objects';

export type DiskRecord =
  ({ readonly kind: 'version' } & Write) | { readonly kind: 'committed'; readonly commit: Commit };

interface Request {
  readonly id: RequestId;
  readonly update: Update;
  readonly client: NodeId;
}

/** The head's part. Whoever is asked and is not the head says nothing: the client finds out where to turn. */
export function onWrite(
  replica: ReplicaState,
  { id, update, client }: Request,
  ctx: ReplicaContext,
  rules: Rules,
): void {
  if (!isHead(replica, ctx.self) || !isSynced(replica, ctx.self)) return;
  const object = objectOf(replica, update.key);
  const committed = object?.clean ?? 0;
  const latest = latestHere(replica, update.key);
  const session = latest?.sessions.find(({ process }) => process === id.process);
  if (session !== undefined && session.request >= id.request) {
    // Done before. The tail's answer may have been lost: it is repeated once the version is committed, not before.
    if (session.request === id.request && session.version <= committed)
      ctx.send(client, { kind: 'done', id, took: true });
    return;
  }
  const before = latest?.version ?? 0;
  if (update.kind === 'test-and-set') {
    const answer = rules.testAndSet({ expected: update.version, committed, latest: before });
    if (answer === 'busy') ctx.send(client, { kind: 'busy', id });
    else if (answer === 'mismatch') ctx.send(client, { kind: 'done', id, took: false });
    if (answer !== 'accept') return;
  }
  const version = before + 1;
  const mine: Session = { ...id, client, version };
  const others = (latest?.sessions ?? []).filter(({ process }) => process !== id.process);
  const value = valueAfter(update, latest?.value ?? null);
  const sessions = [...others, mine];
  accept(
    replica,
    { key: update.key, version: { version, value, acceptedIn: replica.configuration.number, sessions } },
    ctx,
  );
}

/** The newest version of `key`, on its way to the disk or there. */
function latestHere(replica: ReplicaState, key: string): Version | undefined {
  const object = objectOf(replica, key);
  let latest = object === undefined ? undefined : latestOf(object);
  for (const write of replica.pending)
    if (write.key === key && write.version.version > (latest?.version ?? 0)) latest = write.version;
  return latest;
}

/** Takes a version to the disk. Only when it is there, it counts, and is passed on. */
export function accept(replica: ReplicaState, write: Write, ctx: ReplicaContext): void {
  replica.pending.push(write);
  ctx.disk.append(OBJECTS_LOG, { kind: 'version', ...write } satisfies DiskRecord);
  if (replica.syncing === 0) syncPending(replica, ctx);
}

function syncPending(replica: ReplicaState, ctx: ReplicaContext): void {
  replica.syncing = replica.pending.length;
  // A sync of what was here before it left the chain, and joined again, says nothing of what is written now.
  ctx.disk.sync('persisted', String(replica.since));
}

/** A sync is complete: its versions are stored, and passed on, or committed by the tail. */
export function persisted(replica: ReplicaState, since: number, ctx: ReplicaContext): void {
  if (since !== replica.since) return;
  const writes = replica.pending.splice(0, replica.syncing);
  replica.syncing = 0;
  if (replica.pending.length > 0) syncPending(replica, ctx);
  for (const { key, version } of writes) store(ensureObject(replica, key), version);
  if (isTail(replica, ctx.self)) commit(replica, writes, ctx);
  else forward(replica, writes, ctx);
}

/** The tail: the newest version of each object written is committed, and with it those before. */
function commit(replica: ReplicaState, writes: readonly Write[], ctx: ReplicaContext): void {
  const keys = new Set(writes.map(({ key }) => key));
  const commits: Commit[] = [];
  for (const object of replica.objects)
    if (keys.has(object.key)) {
      commitUpTo(replica, object, latestOf(object)?.version ?? 0, ctx);
      commits.push(commitOf(object));
    }
  acknowledge(replica, commits, ctx);
}

export function commitUpTo(replica: ReplicaState, object: CraqObject, version: number, ctx: ReplicaContext): void {
  const before = object.clean;
  const { key } = object;
  if (!noteCommit(object, { key, version, committedIn: replica.configuration.number }, ctx)) return;
  for (const { process, request, client, version: made } of latestOf(object)?.sessions ?? [])
    if (made > before) ctx.send(client, { kind: 'done', id: { process, request }, took: true });
}

/** Makes a version clean, here and, as time allows, on disk. */
export function noteCommit(object: CraqObject, commit: Commit, ctx: ReplicaContext): boolean {
  const isNews = markClean(object, commit);
  if (isNews) ctx.disk.append(OBJECTS_LOG, { kind: 'committed', commit } satisfies DiskRecord);
  return isNews;
}

/** Tells the predecessor what is committed. */
export function acknowledge(replica: ReplicaState, commits: readonly Commit[], ctx: ReplicaContext): void {
  const predecessor = predecessorOf(replica.configuration, ctx.self);
  if (predecessor === undefined || commits.length === 0) return;
  ctx.send(predecessor.server, { kind: 'ack', number: replica.configuration.number, commits });
}

function forward(replica: ReplicaState, writes: readonly Write[], ctx: ReplicaContext): void {
  const successor = successorOf(replica.configuration, ctx.self);
  if (successor === undefined || writes.length === 0) return;
  ctx.send(successor.server, { kind: 'forward', number: replica.configuration.number, writes });
  retransmitLater(replica, ctx);
}

export function onForward(
  replica: ReplicaState,
  { number, writes }: Extract<ChainMessage, { readonly kind: 'forward' }>,
  ctx: ReplicaContext,
): void {
  if (number !== replica.configuration.number) return;
  const known: Commit[] = [];
  for (const { key, version } of writes) {
    const object = objectOf(replica, key);
    if (object !== undefined && version.version <= object.clean) known.push(commitOf(object));
    else if (!isHere(replica, key, version.version)) accept(replica, { key, version }, ctx);
  }
  acknowledge(replica, known, ctx);
}

export function isHere(replica: ReplicaState, key: string, version: number): boolean {
  const has = (one: Version): boolean => one.version === version;
  return (
    replica.pending.some((write) => write.key === key && has(write.version)) ||
    (objectOf(replica, key)?.versions.some(has) ?? false)
  );
}

/** From the successor: the tail has committed this. What is news here is passed on to the predecessor. */
export function onAck(
  replica: ReplicaState,
  { number, commits }: Extract<ChainMessage, { readonly kind: 'ack' }>,
  ctx: ReplicaContext,
): void {
  if (number !== replica.configuration.number) return;
  const news = commits.filter((commit) => {
    const object = objectOf(replica, commit.key);
    return object !== undefined && noteCommit(object, commit, ctx);
  });
  acknowledge(replica, news, ctx);
}

export function retransmitLater(replica: ReplicaState, ctx: ReplicaContext): void {
  if (replica.retransmitting) return;
  replica.retransmitting = true;
  ctx.setTimer('retransmit', RETRANSMIT_MICROS);
}

/** Whatever is dirty is sent again, until it is not. */
export function retransmit(replica: ReplicaState, ctx: ReplicaContext): void {
  replica.retransmitting = false;
  const dirty = replica.objects
    .filter(isDirty)
    .flatMap((object) => dirtyVersions(object).map((version) => ({ key: object.key, version })));
  forward(replica, dirty, ctx);
}
