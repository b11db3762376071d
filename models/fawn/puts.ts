/**
 * The way of a put (§3.4): accepted by the head, written to each node's log and sent on, acknowledged by the tail. What is
 * not known to be done is sent again with each heartbeat, and after each change of the chain.
 */
import type { NodeId } from '../../framework/index.js';
import { isFlushing, pathOf, sourceOf } from './chains.js';
import { passPoint } from './membership.js';
import type { Entry, MessageOf } from './messages.js';
import { isJoining, logName, partOf, temporaryName, type NodeState, type Part, type Setting } from './node-state.js';
import { arcOf } from './ring.js';

/** At the head. A put that it knows was retried: its reply may have been lost. */
export function onPut(state: NodeState, { id, key, value }: MessageOf<'put'>, client: NodeId, setting: Setting): void {
  const part = partOf(state, arcOf(key), setting.ctx.self);
  // A node that joins as the head takes no puts: it does not know yet which ones are retries.
  if (part === undefined || pathOf(part.chain)[0] !== part.self || isJoining(part)) return;
  const { replica } = part;
  const known = replica.log.find((entry) => entry.id === id);
  if (known === undefined) accept(part, [{ seq: replica.received + 1, id, client, key, value }], setting);
  else if (known.seq <= replica.committed) setting.ctx.send(client, { kind: 'reply', id, result: null });
}

/** Writes puts to the log, or to the temporary store of a node that joins. */
export function accept({ chain, replica }: Part, entries: readonly Entry[], { ctx }: Setting): void {
  const { arc } = chain;
  const isTemporary = replica.stage === 'copied';
  for (const entry of entries) {
    (isTemporary ? replica.temporary : replica.log).push(entry);
    ctx.disk.append(isTemporary ? temporaryName(arc) : logName(arc), entry);
    replica.received = entry.seq;
  }
  ctx.disk.sync('synced', `${arc}/${replica.generation}/${replica.received}`);
}

/** From the predecessor: in order, each put once. */
export function onForward(state: NodeState, message: MessageOf<'forward'>, setting: Setting): void {
  const part = partOf(state, message.arc, setting.ctx.self);
  if (part?.chain.epoch !== message.epoch) return;
  const { replica } = part;
  if (message.point !== null) replica.point = message.point;
  // What precedes the membership message comes to a node that joins from the old tail.
  if (isJoining(part) && message.point !== null) replica.received = Math.max(replica.received, message.point);
  const news = message.entries.filter(({ seq }) => seq > replica.received);
  if (message.after <= replica.received && news.length > 0) accept(part, news, setting);
  advance(part, setting);
}

/** Something is on disk. */
export function synced(state: NodeState, key: string, setting: Setting): void {
  const [arc = 0, generation, seq = 0] = key.split('/').map(Number);
  const part = partOf(state, arc, setting.ctx.self);
  if (part === undefined || part.replica.generation !== generation) return;
  part.replica.synced = Math.max(part.replica.synced, seq);
  advance(part, setting);
}

/** Does whatever can be done now: acknowledges, sends on, and takes part in a change of the chain. */
export function advance(part: Part, setting: Setting): void {
  acknowledge(part, setting);
  passPoint(part, setting);
  sendOn(part, setting);
}

/**
 * The tail's part. Who was the tail before must have stopped answering gets; in phase 2 it acknowledges itself what
 * precedes the membership message.
 */
function acknowledge(part: Part, { ctx }: Setting): void {
  const { chain, replica, self } = part;
  const path = pathOf(chain);
  const isOldTail = isFlushing(chain) && sourceOf(chain) === self && path.at(-1) !== self;
  if (!isOldTail && path.at(-1) !== self) return;
  if (!isOldTail && chain.former !== null && !replica.yielded) return;
  const upTo = isOldTail ? Math.min(replica.synced, replica.point ?? 0) : replica.synced;
  if (upTo <= replica.committed) return;
  for (const { seq, client, id } of [...replica.log, ...replica.temporary])
    if (seq > replica.committed && seq <= upTo) ctx.send(client, { kind: 'reply', id, result: null });
  replica.committed = upTo;
  tellDone(part, ctx);
}

export function tellDone({ chain, replica, self }: Part, ctx: Setting['ctx']): void {
  const { arc, epoch } = chain;
  for (const other of new Set([...chain.members, ...pathOf(chain)]))
    if (other !== self) ctx.send(other, { kind: 'ack', arc, epoch, upTo: replica.committed });
}

export function onAck(state: NodeState, { arc, epoch, upTo }: MessageOf<'ack'>, setting: Setting): void {
  const part = partOf(state, arc, setting.ctx.self);
  if (part?.chain.epoch === epoch) part.replica.committed = Math.max(part.replica.committed, upTo);
}

interface Link {
  readonly to: NodeId;
  /** Puts that go over it: of these numbers. */
  readonly above: number;
  readonly upTo: number;
}

/**
 * To whom a node sends puts. In phase 2 the old chain still carries what precedes the membership message, and that
 * itself, down to the old tail; what follows goes through the node that joins.
 */
function linksFrom({ chain, replica, self }: Part): readonly Link[] {
  const { members, joining } = chain;
  const place = members.indexOf(self);
  const next = place < 0 ? undefined : members[place + 1];
  if (joining?.phase !== 'flush') return next === undefined ? [] : [{ to: next, above: 0, upTo: Infinity }];
  const { point } = replica;
  if (point === null) return next === undefined ? [] : [{ to: next, above: 0, upTo: Infinity }];
  const path = pathOf(chain);
  const { node, at } = joining;
  const after = members[at];
  if (self === node)
    return at === 0 || after === undefined || !path.includes(after)
      ? []
      : [{ to: after, above: point, upTo: Infinity }];
  const links: Link[] = [];
  const isCut = place === at - 1;
  if (next !== undefined) links.push({ to: next, above: 0, upTo: isCut || !path.includes(next) ? point : Infinity });
  if (isCut) links.push({ to: node, above: point, upTo: Infinity });
  return links;
}

/** Sends what is on disk and was not sent, and the membership message after what precedes it. */
function sendOn(part: Part, { ctx }: Setting): void {
  const { chain, replica } = part;
  const { arc, epoch } = chain;
  const { forwarded, synced: end, point } = replica;
  const passesPoint = point !== null && end >= point && !replica.pointSent;
  if (end <= forwarded && !passesPoint) return;
  for (const { to, above, upTo } of linksFrom(part)) {
    const after = Math.max(forwarded, above);
    const entries = [...replica.log, ...replica.temporary].filter(
      ({ seq }) => seq > after && seq <= Math.min(upTo, end),
    );
    if (entries.length > 0 || passesPoint) ctx.send(to, { kind: 'forward', arc, epoch, after, entries, point });
  }
  if (passesPoint) replica.pointSent = true;
  replica.forwarded = Math.max(forwarded, end);
}
