/** What an extent node knows of the extents it holds, and how it keeps it: nothing is told before it is on disk. */
import type { Context, NodeId } from '../../framework/index.js';
import type { DataBlock, Message } from './messages.js';

/** What the primary of an extent knows besides. It is forgotten in a crash, and with it that it was the primary. */
export interface Leading {
  /** How many blocks each secondary is known to have on disk. */
  readonly secondaries: { readonly node: NodeId; stored: number }[];
  /** Who waits for the block at this offset to be acknowledged. */
  waiting: { readonly offset: number; readonly to: NodeId; readonly request: string }[];
  retransmitting: boolean;
}

export interface Replica {
  readonly extent: number;
  /** The primary first. */
  readonly replicas: readonly NodeId[];
  /** On disk. */
  blocks: DataBlock[];
  /** Written after these, and not on disk yet. */
  pending: { readonly block: DataBlock; readonly sync: number }[];
  /** It has been asked to seal, and takes no more blocks. */
  promised: boolean;
  sealed: boolean;
  /** The length that it has yet to be forced to. */
  target: number | null;
  leading: Leading | null;
}

export interface NodeState {
  /** In the order in which they were created here. */
  extents: Replica[];
  syncs: number;
  /** Answers that wait for what was written to be on disk. */
  owed: { readonly to: NodeId; readonly message: Message; readonly sync: number }[];
  /** In this life: how often a tail was cut off, and blocks were copied, because of the length that was decided. */
  readonly counts: { truncated: number; copied: number };
}

export type Timer = 'report' | 'retransmit' | 'synced';
export type NodeContext = Context<Message, Timer>;

interface Creation {
  readonly extent: number;
  readonly replicas: readonly NodeId[];
}
/** A block on disk: its offset shows whether one before it is missing. */
interface StoredBlock extends DataBlock {
  readonly offset: number;
}
interface Flags {
  readonly promised: boolean;
  readonly sealed: boolean;
}

const EXTENTS = 'extents';
const flagsOf = (extent: number): string => `extent ${extent}`;
const blocksOf = (extent: number): string => `blocks of ${extent}`;

export const replicaOf = ({ extents }: NodeState, extent: number): Replica | undefined =>
  extents.find((one) => one.extent === extent);

/** How many blocks it has, on disk or on the way there. */
export const writtenLength = ({ blocks, pending }: Replica): number => blocks.length + pending.length;

export function lead(replica: Replica): void {
  const secondaries = replica.replicas.slice(1).map((node) => ({ node, stored: 0 }));
  replica.leading = { secondaries, waiting: [], retransmitting: false };
}

const emptyReplica = ({ extent, replicas }: Creation): Replica => ({
  extent,
  replicas,
  blocks: [],
  pending: [],
  promised: false,
  sealed: false,
  target: null,
  leading: null,
});

/** A primary that restarts may have forgotten offsets that it gave to blocks: it leads no extent from before. */
export function restored(ctx: NodeContext): NodeState {
  const extents = ctx.disk.read<Creation>(EXTENTS).map((creation): Replica => {
    const { promised, sealed } = ctx.disk.get<Flags>(flagsOf(creation.extent)) ?? { promised: false, sealed: false };
    return { ...emptyReplica(creation), blocks: storedBlocks(creation.extent, ctx), promised, sealed };
  });
  return { extents, syncs: 0, owed: [], counts: { truncated: 0, copied: 0 } };
}

/** The blocks up to the first gap: a sync that failed has lost what it covered, and later ones were not told of either. */
function storedBlocks(extent: number, { disk }: NodeContext): DataBlock[] {
  const stored = disk.read<StoredBlock>(blocksOf(extent));
  const gap = stored.findIndex(({ offset }, place) => offset !== place);
  if (gap >= 0) disk.truncate(blocksOf(extent), gap);
  return stored.slice(0, gap < 0 ? stored.length : gap).map(({ value, request }) => ({ value, request }));
}

function sync(node: NodeState, ctx: NodeContext): void {
  node.syncs++;
  ctx.disk.sync('synced', String(node.syncs));
}

/** Sends `message` when all that was written so far is on disk. */
export function owe(node: NodeState, to: NodeId, message: Message): void {
  node.owed.push({ to, message, sync: node.syncs });
}

export function createReplica(node: NodeState, creation: Creation, ctx: NodeContext): void {
  const replica = emptyReplica(creation);
  if (creation.replicas[0] === ctx.self) lead(replica);
  node.extents.push(replica);
  ctx.disk.append(EXTENTS, creation);
  sync(node, ctx);
}

export function writeBlocks(node: NodeState, replica: Replica, blocks: readonly DataBlock[], ctx: NodeContext): void {
  for (const block of blocks) {
    ctx.disk.append(blocksOf(replica.extent), { ...block, offset: writtenLength(replica) } satisfies StoredBlock);
    replica.pending.push({ block, sync: node.syncs + 1 });
  }
  sync(node, ctx);
}

export function saveFlags(node: NodeState, { extent, promised, sealed }: Replica, ctx: NodeContext): void {
  ctx.disk.set(flagsOf(extent), { promised, sealed } satisfies Flags);
  sync(node, ctx);
}

export function truncate(replica: Replica, length: number, ctx: NodeContext): void {
  replica.blocks = replica.blocks.slice(0, length);
  ctx.disk.truncate(blocksOf(replica.extent), length);
}

/** Everything up to sync number `done` is on disk. Returns the replicas that have become longer. */
export function settle(node: NodeState, done: number, ctx: NodeContext): readonly Replica[] {
  const longer = node.extents.filter(({ pending }) => pending.some((one) => one.sync <= done));
  for (const replica of longer) {
    for (const { block, sync: number } of replica.pending) if (number <= done) replica.blocks.push(block);
    replica.pending = replica.pending.filter((one) => one.sync > done);
  }
  for (const { to, message, sync: number } of node.owed) {
    if (number > done) continue;
    const length = message.kind === 'promised' ? replicaOf(node, message.extent)?.blocks.length : undefined;
    ctx.send(to, message.kind === 'promised' ? { ...message, length: length ?? 0 } : message);
  }
  node.owed = node.owed.filter((one) => one.sync > done);
  return longer;
}
