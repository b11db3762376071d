/**
 * Appends (§4.3.1): the primary picks the offset, has its two secondaries and its own disk write the block, and answers, in
 * the order of offsets, when all three have it on disk.
 */
import type { NodeId } from '../../framework/index.js';
import type { ClientMessage, ReplicaMessage } from './messages.js';
import { replicaOf, writeBlocks, writtenLength, type NodeContext, type NodeState, type Replica } from './replica.js';
import type { Rules } from './rules.js';
import { RETRANSMIT_MICROS } from './timing.js';

type Append = Extract<ClientMessage, { readonly kind: 'append' }>;
type Replicate = Extract<ReplicaMessage, { readonly kind: 'replicate' }>;

export function onAppend(node: NodeState, message: Append, from: NodeId, ctx: NodeContext, rules: Rules): void {
  const { extent, request, value } = message;
  const replica = replicaOf(node, extent);
  const leading = replica?.leading ?? null;
  if (replica === undefined || leading === null || !rules.takesBlocks(replica)) {
    ctx.send(from, { kind: 'refused', request, extent });
    return;
  }
  const all = [...replica.blocks, ...replica.pending.map(({ block }) => block)];
  const known = all.findIndex((block) => block.request === request);
  const offset = known < 0 ? all.length : known;
  leading.waiting = [...leading.waiting.filter((one) => one.request !== request), { offset, to: from, request }];
  if (known < 0) {
    writeBlocks(node, replica, [{ value, request }], ctx);
    replicate(replica, ctx, offset);
  }
  acknowledge(replica, ctx, rules);
}

/** Sends each secondary what it has not stored, from offset `since` on. */
function replicate(replica: Replica, ctx: NodeContext, since: number): void {
  const { extent, blocks, pending, leading } = replica;
  if (leading === null) return;
  const all = [...blocks, ...pending.map(({ block }) => block)];
  for (const { node, stored } of leading.secondaries)
    for (const [offset, block] of all.entries())
      if (offset >= since && offset >= stored) ctx.send(node, { kind: 'replicate', extent, offset, block });
  if (leading.retransmitting) return;
  leading.retransmitting = true;
  ctx.setTimer('retransmit', RETRANSMIT_MICROS, String(extent));
}

/** Until the secondaries have everything, or the extent is sealed. */
export function retransmit(node: NodeState, ctx: NodeContext, key: string): void {
  const replica = replicaOf(node, Number(key));
  const leading = replica?.leading ?? null;
  if (replica === undefined || leading === null) return;
  leading.retransmitting = false;
  const length = writtenLength(replica);
  if (!replica.sealed && leading.secondaries.some(({ stored }) => stored < length)) replicate(replica, ctx, 0);
}

/** At a secondary. Blocks that come too early are sent again. */
export function onReplicate(node: NodeState, message: Replicate, from: NodeId, ctx: NodeContext, rules: Rules): void {
  const { extent, offset, block } = message;
  const replica = replicaOf(node, extent);
  if (replica === undefined) return;
  if (offset === writtenLength(replica) && rules.takesBlocks(replica)) writeBlocks(node, replica, [block], ctx);
  else if (offset < replica.blocks.length) ctx.send(from, { kind: 'stored', extent, length: replica.blocks.length });
}

export function onStored(
  node: NodeState,
  { extent, length }: Extract<ReplicaMessage, { readonly kind: 'stored' }>,
  from: NodeId,
  ctx: NodeContext,
  rules: Rules,
): void {
  const replica = replicaOf(node, extent);
  const secondary = replica?.leading?.secondaries.find((one) => one.node === from);
  if (replica === undefined || secondary === undefined) return;
  secondary.stored = Math.max(secondary.stored, length);
  acknowledge(replica, ctx, rules);
}

/** Blocks have got to this node's disk. */
export function afterSync(replica: Replica, ctx: NodeContext, rules: Rules): void {
  const { extent, blocks, replicas } = replica;
  const [primary = ''] = replicas;
  if (primary !== ctx.self) ctx.send(primary, { kind: 'stored', extent, length: blocks.length });
  else acknowledge(replica, ctx, rules);
}

function acknowledge({ extent, blocks, leading }: Replica, ctx: NodeContext, rules: Rules): void {
  if (leading === null) return;
  const length = rules.acknowledged([blocks.length, ...leading.secondaries.map(({ stored }) => stored)]);
  const answered = leading.waiting.filter(({ offset }) => offset < length);
  for (const { to, request, offset } of answered.sort((one, other) => one.offset - other.offset))
    ctx.send(to, { kind: 'appended', request, extent, offset });
  leading.waiting = leading.waiting.filter(({ offset }) => offset >= length);
}
