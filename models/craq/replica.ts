/** A replica: which handler answers which message. What the handlers do is in the files they come from. */
import { protocol, type NodeId, type Role } from '../../framework/index.js';
import { initialConfiguration, UNKNOWN } from './configuration.js';
import { heartbeat } from './heartbeat.js';
import { fetch, finishJoining, onFetch, onPropagate } from './joining.js';
import { adopt } from './membership.js';
import type { Message } from './messages.js';
import { ensureObject, freshState, objectOf, type ReplicaState, type ReplicaTimer } from './node-state.js';
import { markClean, store } from './objects.js';
import { onRead, onVersionAnswer, onVersionQuery } from './reads.js';
import type { Rules } from './rules.js';
import { OBJECTS_LOG, onAck, onForward, onWrite, persisted, retransmit, type DiskRecord } from './writes.js';

const FIRST_BOOT = 1;

export function craqReplica(servers: readonly NodeId[], rules: Rules): Role<ReplicaState, Message> {
  return protocol<ReplicaState, Message, ReplicaTimer>({
    init(ctx) {
      const replica = freshState(FIRST_BOOT, initialConfiguration(servers));
      heartbeat(replica, ctx);
      return replica;
    },

    /** Comes back with its objects, but outside: the coordinator says whether they are still worth something. */
    recover(ctx) {
      const boot = (ctx.disk.get<number>('boot') ?? FIRST_BOOT) + 1;
      ctx.disk.set('boot', boot);
      ctx.disk.sync('booted');
      const replica = freshState(boot, UNKNOWN);
      for (const record of ctx.disk.read<DiskRecord>(OBJECTS_LOG)) {
        if (record.kind === 'version') store(ensureObject(replica, record.key), record.version);
        else {
          const object = objectOf(replica, record.commit.key);
          if (object !== undefined) markClean(object, record.commit);
        }
      }
      return replica;
    },

    on: {
      read: (replica, { id, key }, client, ctx) => {
        onRead(replica, { id, key, client }, ctx, rules);
      },
      write: (replica, { id, update }, client, ctx) => {
        onWrite(replica, { id, update, client }, ctx, rules);
      },
      forward: (replica, message, _from, ctx) => {
        onForward(replica, message, ctx);
      },
      ack: (replica, message, _from, ctx) => {
        onAck(replica, message, ctx);
      },
      'version-query': (replica, message, from, ctx) => {
        onVersionQuery(replica, message, from, ctx, rules);
      },
      'version-answer': (replica, message, _from, ctx) => {
        onVersionAnswer(replica, message, ctx);
      },
      fetch: (replica, { number }, from, ctx) => {
        onFetch(replica, number, from, ctx);
      },
      propagate: (replica, message, from, ctx) => {
        onPropagate(replica, message, from, ctx, rules);
      },
      configure: (replica, { boot, configuration }, _from, ctx) => {
        if (boot === replica.boot) adopt(replica, configuration, ctx, rules);
      },
      lease: (replica, { boot, sentAt }) => {
        if (boot === replica.boot) replica.leasedFrom = Math.max(sentAt, replica.leasedFrom ?? sentAt);
      },
    },

    timers: {
      heartbeat,
      retransmit,
      fetch,
      booted: heartbeat,
      persisted: (replica, ctx, since) => {
        persisted(replica, Number(since), ctx);
        finishJoining(replica, ctx);
      },
    },
  });
}
