/**
 * A primary's part: it orders the writes of its term in its log and acknowledges them. Synchronously, when every member
 * of the in-sync set has them on disk; semi-synchronously, when one backup has (semi-synchrony.ts); asynchronously, when
 * its own disk has them. How they get to the backups is the matter of shipping.ts.
 */
import type { NodeId } from '../../framework/index.js';
import {
  appendRecord,
  heldBy,
  syncLog,
  type Reign,
  type ReplicaContext,
  type ReplicaState,
  type Setting,
} from './replica-state.js';
import { copiedLength, watchCopies } from './semi-synchrony.js';
import { shipAtOnce, shipInterval } from './shipping.js';

/** A replica that has its promotion on disk begins to reign. */
export function beginReign(
  state: ReplicaState,
  { inSync, version }: { readonly inSync: readonly NodeId[]; readonly version: number },
  setting: Setting,
  ctx: ReplicaContext,
): void {
  const now = ctx.now();
  state.primary = ctx.self;
  state.joined = true;
  state.promotion = null;
  state.reign = {
    inherited: state.log.length,
    leaseUntil: null,
    followers: setting.configuration.replicas
      .filter((node) => node !== ctx.self)
      .map((node) => ({ node, position: null, acked: 0, shipped: 0, heardAt: now })),
    waiting: [],
    inSync: [...inSync],
    version,
    asked: null,
    mode: 'synchronous',
    watched: null,
  };
  beat(state, setting, ctx);
  shipInterval(state, setting, ctx);
}

/** Asks for the next lease. It is counted from here, so that no delay on the way can lengthen it. */
export function beat(state: ReplicaState, { configuration }: Setting, ctx: ReplicaContext): void {
  if (state.reign === null) return;
  ctx.send(configuration.monitor, { kind: 'beat', term: state.term, sentAt: ctx.now() });
  ctx.setTimer('beat', configuration.beatMicros);
}

export function takeLease(state: ReplicaState, sentAt: number, setting: Setting, ctx: ReplicaContext): void {
  const { reign } = state;
  if (reign === null) return;
  reign.leaseUntil = Math.max(reign.leaseUntil ?? 0, sentAt + setting.configuration.leaseMicros);
  advance(state, setting, ctx);
}

interface Put {
  readonly id: string;
  readonly key: string;
  readonly value: number;
  readonly client: NodeId;
}

/** A client's write. One that the log has already is not written again: it is acknowledged when its record may be. */
export function put(state: ReplicaState, request: Put, setting: Setting, ctx: ReplicaContext): void {
  const { reign } = state;
  const { id, key, value, client } = request;
  if (reign === null) {
    refuse(state, id, client, ctx);
    return;
  }
  const { rules } = setting;
  const known = state.log.findIndex(
    (record) => record.id === id && rules.remembers({ takenIn: record.term, term: state.term }),
  );
  reign.waiting = reign.waiting.filter((waiting) => waiting.id !== id);
  reign.waiting.push({ id, client, index: known >= 0 ? known : state.log.length });
  if (known < 0) {
    appendRecord(state, { id, key, value, term: state.term }, setting, ctx);
    syncLog(state, ctx);
    if (setting.configuration.shipsAtOnce) shipAtOnce(state, setting, ctx);
  }
  advance(state, setting, ctx);
}

export function refuse(state: ReplicaState, id: string, client: NodeId, ctx: ReplicaContext): void {
  ctx.send(client, { kind: 'refused', id, primary: state.primary === ctx.self ? null : state.primary });
}

/**
 * Whether reads may be served. Not without the lease: another primary may have taken writes. And not before everything
 * inherited is committed: the last primary may have acknowledged any of it.
 */
export function mayServeReads({ reign, committed }: ReplicaState, { rules }: Setting, now: number): boolean {
  return reign !== null && rules.mayAct(now, reign.leaseUntil) && committed >= reign.inherited;
}

/** How many records may be committed, by what this primary knows of the copies. */
function committable(state: ReplicaState, reign: Reign, setting: Setting): number {
  const held = heldBy(state, setting);
  switch (setting.configuration.mode) {
    case 'async':
      return held;
    case 'semi-sync':
      return reign.mode === 'degraded' ? held : copiedLength(state, reign, setting);
    case 'sync': {
      const required = setting.rules.requiredCopies(reign);
      return Math.min(held, ...reign.followers.filter(({ node }) => required.includes(node)).map(({ acked }) => acked));
    }
  }
}

/** Commits what enough copies hold, and acknowledges it. */
export function advance(state: ReplicaState, setting: Setting, ctx: ReplicaContext): void {
  const { reign } = state;
  if (reign === null) return;
  const { configuration, rules } = setting;
  if (configuration.mode === 'semi-sync') watchCopies(state, reign, setting, ctx);
  state.committed = Math.max(state.committed, committable(state, reign, setting));
  // The backups fence a deposed synchronous primary: they refuse its records. Any other has nothing but its lease.
  if (configuration.mode !== 'sync' && !rules.mayAct(ctx.now(), reign.leaseUntil)) return;
  if (!reign.waiting.some(({ index }) => index < state.committed)) return;
  const copied = copiedLength(state, reign, setting);
  for (const { id, client, index } of reign.waiting)
    if (index < state.committed) {
      const term = state.log[index]?.term ?? state.term;
      ctx.send(client, { kind: 'done', id, position: { term, index, alone: rules.isAlone({ index, copied }) } });
    }
  reign.waiting = reign.waiting.filter(({ index }) => index >= state.committed);
}
