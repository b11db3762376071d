/**
 * Sealing at a replica (§4.3.2): it promises to take no more blocks and tells its length; whatever length is decided then, it
 * cuts its tail off, or copies from the others what it lacks, until it is as they are.
 */
import type { NodeId } from '../../framework/index.js';
import type { ManagerMessage, ReplicaMessage } from './messages.js';
import {
  createReplica,
  owe,
  replicaOf,
  saveFlags,
  truncate,
  writeBlocks,
  writtenLength,
  type NodeContext,
  type NodeState,
  type Replica,
} from './replica.js';
import type { Rules } from './rules.js';

export function onCreate(
  node: NodeState,
  { extent, replicas }: Extract<ManagerMessage, { readonly kind: 'create' }>,
  from: NodeId,
  ctx: NodeContext,
): void {
  const known = replicaOf(node, extent);
  if (known === undefined) createReplica(node, { extent, replicas }, ctx);
  // Also if it is known: whatever was written of it before is on disk after this.
  else saveFlags(node, known, ctx);
  owe(node, from, { kind: 'created', extent });
}

export function onSeal(node: NodeState, extent: number, from: NodeId, ctx: NodeContext): void {
  const replica = replicaOf(node, extent);
  if (replica === undefined) return;
  replica.promised = true;
  // Also if it has promised before: whatever it wrote before is on disk after this.
  saveFlags(node, replica, ctx);
  owe(node, from, { kind: 'promised', extent, length: 0 });
}

export function onForce(
  node: NodeState,
  { extent, length, replicas }: Extract<ManagerMessage, { readonly kind: 'force' }>,
  ctx: NodeContext,
  rules: Rules,
): void {
  const replica = replicaOf(node, extent);
  if (replica === undefined || replica.sealed) return;
  replica.promised = true;
  replica.target = rules.forcedLength({ own: writtenLength(replica), sealed: length });
  conform(node, replica, ctx);
  const from = replica.blocks.length;
  if (from >= replica.target || replica.pending.length > 0) return;
  for (const other of replicas) if (other !== ctx.self) ctx.send(other, { kind: 'fetch', extent, from, to: length });
}

/** Only when nothing is on its way to the disk, so that nothing comes after the end. */
export function conform(node: NodeState, replica: Replica, ctx: NodeContext): void {
  const { target, pending, blocks, sealed } = replica;
  if (target === null || sealed || pending.length > 0 || blocks.length < target) return;
  if (blocks.length > target) {
    node.counts.truncated++;
    truncate(replica, target, ctx);
  }
  replica.sealed = true;
  saveFlags(node, replica, ctx);
}

export function onFetch(
  node: NodeState,
  { extent, from, to }: Extract<ReplicaMessage, { readonly kind: 'fetch' }>,
  asker: NodeId,
  ctx: NodeContext,
): void {
  const blocks = replicaOf(node, extent)?.blocks ?? [];
  if (blocks.length >= to) ctx.send(asker, { kind: 'copy', extent, from, blocks: blocks.slice(from, to) });
}

export function onCopy(
  node: NodeState,
  { extent, from, blocks }: Extract<ReplicaMessage, { readonly kind: 'copy' }>,
  ctx: NodeContext,
): void {
  const replica = replicaOf(node, extent);
  if (replica === undefined || replica.sealed || replica.target === null) return;
  if (replica.pending.length > 0 || replica.blocks.length !== from) return;
  node.counts.copied += blocks.length;
  writeBlocks(node, replica, blocks, ctx);
}
