/** A replica: what it does on each message and timer, by the part it plays. A table of contents of the protocol. */
import { DiskError, protocol, type Role } from '../../framework/index.js';
import { backupSynced, takeInstall, takeReplicate, takeWelcome } from './backup.js';
import { noteChanged } from './in-sync-set.js';
import type { Message } from './messages.js';
import { advance, beat, beginReign, mayServeReads, put, refuse, takeLease } from './primary.js';
import { heldBy, learnTerm, restoredState, valueAt, type ReplicaContext, type ReplicaState } from './replica-state.js';
import type { ReplicaTimer, Setting } from './replica-state.js';
import { beginDegrading, degrade } from './semi-synchrony.js';
import { answerJoin, noteAcked, shipInterval } from './shipping.js';
import { checkpointSynced, noteSynced, takeCheckpoint } from './storage.js';
import { fenceSynced, promotionSynced, takeFence, takePromote } from './succession.js';

/** How much of the log a read may show: what is committed, or what this copy holds if that is all that is promised. */
const readable = (state: ReplicaState, setting: Setting): number =>
  setting.configuration.mode === 'async'
    ? heldBy(state, setting)
    : setting.rules.shown({ committed: state.committed, held: heldBy(state, setting) });

/** More of the log is durable: whoever waits for it is told, and more of it may be applied. */
function afterSync(state: ReplicaState, setting: Setting, ctx: ReplicaContext): void {
  backupSynced(state, setting, ctx);
  advance(state, setting, ctx);
  takeCheckpoint(state, setting, ctx);
}

export function replicaRole(setting: Setting): Role<ReplicaState, Message> {
  const [firstPrimary = ''] = setting.configuration.replicas;
  return protocol<ReplicaState, Message, ReplicaTimer>({
    init(ctx) {
      const state = restoredState(ctx, firstPrimary, setting.rules);
      if (ctx.self === firstPrimary)
        beginReign(state, { inSync: setting.configuration.replicas, version: 0 }, setting, ctx);
      return state;
    },
    recover(ctx) {
      const state = restoredState(ctx, firstPrimary, setting.rules);
      if (setting.rules.restart(state).resumes && state.promoted === state.term)
        beginReign(state, { inSync: setting.configuration.replicas, version: 0 }, setting, ctx);
      return state;
    },
    syncFailed(_state, ctx, timer, key) {
      if (!setting.rules.goesOnAfter('sync')) throw new DiskError(`sync '${timer}' failed: what it covered is lost`);
      ctx.disk.sync(timer, key);
    },
    on: {
      // Requests of clients
      put: (state, { id, key, value }, client, ctx) => put(state, { id, key, value, client }, setting, ctx),
      get(state, { id, key }, client, ctx) {
        if (!mayServeReads(state, setting, ctx.now())) refuse(state, id, client, ctx);
        else ctx.send(client, { kind: 'value', id, value: valueAt(state, readable(state, setting), key) });
      },
      peek(state, { id, key }, client, ctx) {
        ctx.send(client, { kind: 'value', id, value: valueAt(state, readable(state, setting), key) });
      },

      // Replication: at the backup
      replicate: (state, message, from, ctx) => takeReplicate(state, message, from, setting, ctx),
      install: (state, message, _from, ctx) => takeInstall(state, message, setting, ctx),
      welcome: (state, message, _from, ctx) => takeWelcome(state, message, setting, ctx),

      // Replication: at the primary
      join(state, { term, askedAt, epochs }, from, ctx) {
        if (term === state.term) answerJoin(state, { from, askedAt, theirs: epochs }, ctx);
        else learnTerm(state, term, ctx);
      },
      acked(state, { term, length }, from, ctx) {
        learnTerm(state, term, ctx);
        if (term !== state.term) return;
        noteAcked(state, from, length, ctx);
        advance(state, setting, ctx);
        takeCheckpoint(state, setting, ctx);
      },

      // The monitor's word
      lease(state, { term, sentAt }, _from, ctx) {
        if (term === state.term) takeLease(state, sentAt, setting, ctx);
      },
      changed(state, { term, version, inSync }, _from, ctx) {
        if (term !== state.term) return;
        noteChanged(state, { version, inSync });
        advance(state, setting, ctx);
      },
      fence: (state, { term }, _from, ctx) => takeFence(state, term, ctx),
      promote: (state, message, _from, ctx) => takePromote(state, message, ctx),
    },
    timers: {
      beat: (state, ctx) => beat(state, setting, ctx),
      ship: (state, ctx) => shipInterval(state, setting, ctx),
      logged(state, ctx, key) {
        noteSynced(state, key);
        afterSync(state, setting, ctx);
      },
      checkpointed(state, ctx) {
        checkpointSynced(state, ctx);
        afterSync(state, setting, ctx);
      },
      degrade: (state, ctx) => beginDegrading(state, ctx),
      degraded(state, ctx, key) {
        degrade(state, key);
        advance(state, setting, ctx);
      },
      fenced: (state, ctx, key) => fenceSynced(state, key, setting, ctx),
      crowned: (state, ctx, key) => promotionSynced(state, key, setting, ctx),
    },
  });
}
