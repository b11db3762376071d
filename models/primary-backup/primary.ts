/**
 * A primary's part: it orders the writes of its term in its log and acknowledges them. Synchronously, when every member
 * of the in-sync set has them on disk; semi-synchronously, when one backup has (semi-synchrony.ts); asynchronously, when
 * its own disk has them. How they get to the backups is the matter of shipping.ts.
 */
import type { NodeId } from '../../framework/index.js';
import { epochs, heldBy, type Reign, type ReplicaContext, type ReplicaState, type Setting } from './replica-state.js';
import { copiedLength, watchCopies } from './semi-synchrony.js';
import { shipAtOnce, shipInterval } from './shipping.js';
import { appendRecord, lengthOf, syncLog } from './storage.js';
import { requestOf } from './store.js';

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
    inherited: lengthOf(state),
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
  const known = knownIndex(state, id, setting);
  if (known === 'superseded') return;
  reign.waiting = reign.waiting.filter((waiting) => waiting.id !== id);
  reign.waiting.push({ id, client, index: known ?? lengthOf(state) });
  if (known === undefined) {
    appendRecord(state, { id, key, value, term: state.term }, setting, ctx);
    syncLog(state, ctx);
    if (setting.configuration.shipsAtOnce) shipAtOnce(state, setting, ctx);
  }
  advance(state, setting, ctx);
}

/**
 * Where the record of request `id` is, if there is one. Of an applied request only its client's table is left: when that
 * says that the client has asked for something else since, nobody waits for this one.
 */
function knownIndex(state: ReplicaState, id: string, { rules }: Setting): number | 'superseded' | undefined {
  const isRemembered = (takenIn: number) => rules.remembers({ takenIn, term: state.term });
  const place = state.log.findIndex((record) => record.id === id && isRemembered(record.term));
  if (place >= 0) return state.store.applied + place;
  const { client, request } = requestOf(id);
  const session = state.store.sessions.find((one) => one.client === client);
  if (session === undefined || session.request < request || !isRemembered(session.term)) return undefined;
  return session.request === request ? session.index : 'superseded';
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

/** How many records no failover can take back: whoever may be promoted has them. */
function stableLength(state: ReplicaState, reign: Reign, setting: Setting): number {
  switch (setting.configuration.mode) {
    case 'async':
      return Math.min(heldBy(state, setting), ...reign.followers.map(({ acked }) => acked));
    case 'semi-sync':
      return copiedLength(state, reign, setting);
    case 'sync':
      return state.committed;
  }
}

/** Commits what enough copies hold, and acknowledges it. */
export function advance(state: ReplicaState, setting: Setting, ctx: ReplicaContext): void {
  const { reign } = state;
  if (reign === null) return;
  const { configuration, rules } = setting;
  if (configuration.mode === 'semi-sync') watchCopies(state, reign, setting, ctx);
  state.committed = Math.max(state.committed, committable(state, reign, setting));
  state.stable = Math.max(state.stable, stableLength(state, reign, setting));
  // The backups fence a deposed synchronous primary: they refuse its records. Any other has nothing but its lease.
  if (configuration.mode !== 'sync' && !rules.mayAct(ctx.now(), reign.leaseUntil)) return;
  if (!reign.waiting.some(({ index }) => index < state.committed)) return;
  const copied = copiedLength(state, reign, setting);
  const places = epochs(state);
  for (const { id, client, index } of reign.waiting)
    if (index < state.committed) {
      const term = places.find(({ end }) => index < end)?.term ?? state.term;
      ctx.send(client, { kind: 'done', id, position: { term, index, alone: rules.isAlone({ index, copied }) } });
    }
  reign.waiting = reign.waiting.filter(({ index }) => index >= state.committed);
}
