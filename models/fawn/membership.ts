/**
 * Joining a chain (§3.4). Phase 1: the tail copies its log to the new node. Phase 2: the chain-membership message goes
 * down the old chain behind the puts that preceded it (here it is the number of the last of them, `point`). Later puts
 * pass through the new node, which keeps them in its temporary store. When the message reaches the old tail, that knows
 * that no more puts come, and pushes what arrived after phase 1; the new node merges this first, then its temporary store.
 */
import type { NodeId } from '../../framework/index.js';
import { isFlushing, pathOf, sourceOf } from './chains.js';
import { MANAGER, type Message, type MessageOf } from './messages.js';
import {
  isJoining,
  logName,
  partOf,
  replicaOf,
  temporaryName,
  type NodeState,
  type Part,
  type Setting,
} from './node-state.js';

/** The head sets the point, and the old tail acts on it as soon as it has what precedes it. */
export function passPoint({ chain, replica, self }: Part, setting: Setting): void {
  if (!isFlushing(chain)) return;
  if (chain.members[0] === self) replica.point ??= replica.received;
  const { point, synced, pushed } = replica;
  if (sourceOf(chain) !== self || point === null || synced < point || pushed) return;
  replica.pushed = true;
  pushRest({ chain, replica, self }, setting);
}

/** From the old tail, which has ceased to be the tail if it leaves the chain. */
function pushRest({ chain, replica, self }: Part, { ctx, rules }: Setting): void {
  const { arc, epoch, joining } = chain;
  const { point, log } = replica;
  if (joining === null || point === null) return;
  const after = rules.pushesAfter({ precopied: joining.precopied, point });
  const entries = log.filter(({ seq }) => seq > after && seq <= point);
  ctx.send(joining.node, { kind: 'flush', arc, epoch, point, entries });
  if (chain.former === self) sendYielded({ chain, replica, self }, ctx);
}

function sendYielded({ chain, self }: Part, ctx: Setting['ctx']): void {
  const { arc, epoch } = chain;
  for (const to of [...pathOf(chain), MANAGER]) if (to !== self) ctx.send(to, { kind: 'yielded', arc, epoch });
}

/** Phase 1, at whoever joins: it throws away what it had of the arc. */
export function onPreCopy(state: NodeState, { arc, epoch, entries }: MessageOf<'pre-copy'>, setting: Setting): void {
  const part = partOf(state, arc, setting.ctx.self);
  if (part?.chain.epoch !== epoch || !isJoining(part) || part.replica.stage !== 'none') return;
  const { disk } = setting.ctx;
  const generation = part.replica.generation + 1;
  disk.truncate(logName(arc), 0);
  disk.truncate(temporaryName(arc), 0);
  for (const entry of entries) disk.append(logName(arc), entry);
  const replica = { ...replicaOf([...entries], generation), synced: 0, stage: 'copying' as const };
  state.replicas[arc] = replica;
  disk.sync('synced', `${arc}/${generation}/${replica.received}`);
}

/** Phase 2, at whoever joins: what the old tail pushed comes first. */
export function onFlush(
  state: NodeState,
  { arc, epoch, point, entries }: MessageOf<'flush'>,
  { ctx, rules }: Setting,
): void {
  const part = partOf(state, arc, ctx.self);
  if (part?.chain.epoch !== epoch || !isJoining(part) || part.replica.stage !== 'copied') return;
  const { replica } = part;
  const merged = rules.merge({ flushed: entries, temporary: replica.temporary });
  for (const entry of merged) ctx.disk.append(logName(arc), entry);
  ctx.disk.truncate(temporaryName(arc), 0);
  replica.log.push(...merged);
  Object.assign(replica, { temporary: [], point, received: Math.max(replica.received, point), stage: 'merging' });
  ctx.disk.sync('merged', `${arc}/${replica.generation}/${replica.received}`);
}

/** Tells again what the manager or others may not have heard of. */
export function report(state: NodeState, part: Part, ctx: Setting['ctx']): void {
  const { chain, replica } = part;
  const { boot } = state;
  const { arc, epoch, joining } = chain;
  const tell = (to: NodeId, message: Message): void => {
    ctx.send(to, message);
  };
  if (isJoining(part)) {
    if (joining?.phase === 'pre-copy' && replica.stage === 'copied')
      tell(MANAGER, { kind: 'precopied', boot, arc, epoch, length: replica.received });
    if (replica.stage === 'merged') tell(MANAGER, { kind: 'merged', boot, arc, epoch });
  } else if (joining?.phase === 'pre-copy' && sourceOf(chain) === part.self) {
    const entries = replica.log.filter(({ seq }) => seq <= replica.synced);
    tell(joining.node, { kind: 'pre-copy', arc, epoch, entries });
  } else if (chain.former === part.self && !isFlushing(chain)) sendYielded(part, ctx);
}

/** On heartbeat: the rest, too, if it was pushed. */
export function pushAgain(part: Part, setting: Setting): void {
  if (isFlushing(part.chain) && part.replica.pushed) pushRest(part, setting);
}
