/**
 * A backup's part: it follows the primary of the highest term it has heard of. It joins that primary first, by cutting
 * its log to what both have in common, and then takes records in the order of their index.
 */
import type { NodeId } from '../../framework/index.js';
import type { ReplicationMessage } from './messages.js';
import { epochs, heldBy, learnTerm } from './replica-state.js';
import type { ReplicaContext, ReplicaState, Setting } from './replica-state.js';
import { appendRecord, installCheckpoint, lengthOf, rewind, syncLog, takeCheckpoint } from './storage.js';

type Replicate = Extract<ReplicationMessage, { readonly kind: 'replicate' }>;
type Install = Extract<ReplicationMessage, { readonly kind: 'install' }>;
type Welcome = Extract<ReplicationMessage, { readonly kind: 'welcome' }>;

export function takeReplicate(
  state: ReplicaState,
  message: Replicate,
  from: NodeId,
  setting: Setting,
  ctx: ReplicaContext,
): void {
  if (message.term < state.term) {
    // A deposed primary learns of the higher term by the answer.
    ctx.send(from, { kind: 'acked', term: state.term, length: 0 });
    return;
  }
  learnTerm(state, message.term, ctx);
  if (state.reign !== null) return;
  state.primary = from;
  if (!state.joined) {
    askToJoin(state, from, setting, ctx);
    return;
  }
  // A gap is not filled from memory: the acknowledgement below says from where to send again.
  if (message.from <= lengthOf(state)) append(state, message, setting, ctx);
  state.committed = Math.max(state.committed, Math.min(message.committed, lengthOf(state)));
  state.stable = Math.max(state.stable, Math.min(message.stable, lengthOf(state)));
  if (lengthOf(state) >= message.held) state.level = { term: message.term, at: message.sentAt };
  if (heldBy(state, setting) === lengthOf(state)) acknowledge(state, setting, ctx);
  takeCheckpoint(state, setting, ctx);
}

/** This backup lacks records that its primary has dropped. It takes what they made, and acknowledges that when it is durable. */
export function takeInstall(state: ReplicaState, message: Install, setting: Setting, ctx: ReplicaContext): void {
  if (message.term === state.term && state.joined && state.reign === null)
    installCheckpoint(state, message.store, setting, ctx);
}

function append(state: ReplicaState, { from, records }: Replicate, setting: Setting, ctx: ReplicaContext): void {
  const fresh = records.slice(lengthOf(state) - from);
  if (fresh.length === 0) return;
  for (const record of fresh) appendRecord(state, record, setting, ctx);
  syncLog(state, ctx);
}

function acknowledge(state: ReplicaState, setting: Setting, ctx: ReplicaContext): void {
  if (state.primary === null) return;
  ctx.send(state.primary, { kind: 'acked', term: state.term, length: heldBy(state, setting) });
}

/** Its own clock never runs back, so the moment of asking tells the answer from those to earlier questions. */
function askToJoin(state: ReplicaState, primary: NodeId, { configuration }: Setting, ctx: ReplicaContext): void {
  const now = ctx.now();
  if (state.joinAskedAt !== null && now - state.joinAskedAt < configuration.joinRetryMicros) return;
  state.joinAskedAt = now;
  ctx.send(primary, { kind: 'join', term: state.term, askedAt: now, epochs: epochs(state) });
}

/** The primary says where the logs part. An answer to an earlier question would cut off what was acknowledged since. */
export function takeWelcome(state: ReplicaState, message: Welcome, setting: Setting, ctx: ReplicaContext): void {
  if (message.term !== state.term || state.joined || message.askedAt !== state.joinAskedAt) return;
  const kept = setting.rules.keptOnJoin({ length: lengthOf(state), common: message.common });
  rewind(state, kept, ctx);
  state.joined = true;
  // The acknowledgement waits for this sync, so that the new term is on disk before anything is said in it.
  syncLog(state, ctx);
}

/** A sync is over: a backup acknowledges what is durable now. */
export function backupSynced(state: ReplicaState, setting: Setting, ctx: ReplicaContext): void {
  if (state.reign === null && state.joined) acknowledge(state, setting, ctx);
}
