/**
 * The stream manager (§4.1): it knows the extents of each stream, places them, and decides the lengths at which they are
 * sealed. The paper replicates it with Paxos, and so takes it for reliable; it may be cut off, or pause.
 */
import { protocol, type Context, type NodeId, type Role } from '../../framework/index.js';
import type { ExtentInfo, ManagerRequest, Message } from './messages.js';
import { place, REPLICAS, type Watched } from './placement.js';
import { CREATE_MICROS, SEAL_MICROS } from './timing.js';

interface ManagedExtent {
  readonly extent: number;
  readonly replicas: readonly NodeId[];
  /** Where it is on disk; it is open when all three are. */
  created: NodeId[];
  /** Null while it takes appends: what the replicas told when they were asked to seal. */
  lengths: { readonly node: NodeId; readonly length: number }[] | null;
  /** Decided once. */
  length: number | null;
}

interface Stream {
  readonly name: string;
  /** Oldest first. All but the last are sealed. */
  readonly extents: ManagedExtent[];
}

export interface ManagerState {
  readonly nodes: Watched[];
  readonly streams: Stream[];
  /** How many extents there have been, and which were given up because a node did not create them. */
  allocated: number;
  abandoned: number;
  /** Requests that have to wait for an extent to be sealed, or created. */
  waiting: { readonly to: NodeId; readonly message: ManagerRequest }[];
}

type Timer = 'create' | 'seal';
type ManagerContext = Context<Message, Timer>;

export function streamManager(nodes: readonly NodeId[]): Role<ManagerState, Message> {
  return protocol<ManagerState, Message, Timer>({
    init: (ctx) => ({
      nodes: nodes.map((node) => ({ node, heardAt: ctx.now(), blamedAt: null, extents: 0 })),
      streams: [],
      allocated: 0,
      abandoned: 0,
      waiting: [],
    }),
    on: {
      lookup: serve,
      extend: serve,
      close: serve,
      created(manager, { extent }, from, ctx) {
        const found = managedOf(manager, extent);
        if (found === undefined || found.extent.created.includes(from)) return;
        found.extent.created.push(from);
        if (isOpen(found.extent)) advance(manager, found.stream, ctx);
      },
      promised(manager, { extent, length }, node, ctx) {
        const found = managedOf(manager, extent);
        const lengths = found?.extent.lengths ?? null;
        if (found === undefined || lengths === null || found.extent.length !== null) return;
        if (lengths.every((one) => one.node !== node)) lengths.push({ node, length });
        if (lengths.length === REPLICAS) decide(manager, found.stream, found.extent, ctx);
      },
      report(manager, { unsealed }, from, ctx) {
        const watched = manager.nodes.find(({ node }) => node === from);
        if (watched !== undefined) watched.heardAt = ctx.now();
        for (const number of unsealed) {
          const extent = managedOf(manager, number)?.extent;
          if (extent !== undefined && extent.length !== null) force(extent, from, ctx);
        }
      },
    },
    timers: {
      create(manager, ctx, name) {
        const stream = streamOf(manager, name);
        const last = stream.extents.at(-1);
        if (last !== undefined && last.created.length < REPLICAS) {
          // Nobody has been told of it, and nobody will be.
          for (const node of last.replicas) if (!last.created.includes(node)) blame(manager, node, ctx);
          stream.extents.pop();
          manager.abandoned++;
        }
        advance(manager, stream, ctx);
      },
      seal(manager, ctx, key) {
        const found = managedOf(manager, Number(key));
        const lengths = found?.extent.lengths ?? null;
        if (found === undefined || lengths === null || found.extent.length !== null) return;
        if (lengths.length > 0) decide(manager, found.stream, found.extent, ctx);
        else askLengths(found.extent, ctx);
      },
    },
  });
}

const isOpen = ({ created, lengths }: ManagedExtent): boolean => created.length === REPLICAS && lengths === null;

function managedOf({ streams }: ManagerState, extent: number) {
  for (const stream of streams)
    for (const one of stream.extents) if (one.extent === extent) return { stream, extent: one };
  return undefined;
}

function streamOf(manager: ManagerState, name: string): Stream {
  const known = manager.streams.find((stream) => stream.name === name);
  if (known !== undefined) return known;
  manager.streams.push({ name, extents: [] });
  return manager.streams[manager.streams.length - 1] as Stream;
}

function blame({ nodes }: ManagerState, node: NodeId, ctx: ManagerContext): void {
  const watched = nodes.find((one) => one.node === node);
  if (watched !== undefined) watched.blamedAt = ctx.now();
}

function serve(manager: ManagerState, message: ManagerRequest, to: NodeId, ctx: ManagerContext): void {
  manager.waiting = manager.waiting.filter((one) => one.to !== to);
  manager.waiting.push({ to, message });
  advance(manager, streamOf(manager, message.stream), ctx);
}

/** Does the next thing that somebody waits for in this stream, and answers those who need not wait any longer. */
function advance(manager: ManagerState, stream: Stream, ctx: ManagerContext): void {
  const extents: ExtentInfo[] = stream.extents
    .filter(({ created }) => created.length === REPLICAS)
    .map(({ extent, replicas, length }) => ({ extent, replicas, length }));
  const last = stream.extents.at(-1);
  const isWaiting = (message: ManagerRequest): boolean => {
    if (message.stream !== stream.name || message.kind === 'lookup') return false;
    if (message.kind === 'close')
      return stream.extents.some(({ extent, length }) => extent === message.extent && length === null);
    return last === undefined || !isOpen(last) || last.extent === message.after;
  };
  const mine = manager.waiting.filter(({ message }) => message.stream === stream.name);
  for (const { to, message } of mine)
    if (!isWaiting(message)) ctx.send(to, { kind: 'stream', request: message.request, extents });
  const still = mine.filter(({ message }) => isWaiting(message));
  manager.waiting = [...manager.waiting.filter(({ message }) => message.stream !== stream.name), ...still];
  if (still.length === 0) return;
  if (last !== undefined && isOpen(last)) {
    last.lengths = [];
    askLengths(last, ctx);
  } else if (last === undefined || last.length !== null) allocate(manager, stream, ctx);
}

function allocate(manager: ManagerState, stream: Stream, ctx: ManagerContext): void {
  ctx.setTimer('create', CREATE_MICROS, stream.name);
  const replicas = place(manager.nodes, ctx.now(), ctx.random);
  if (replicas === null) return;
  manager.allocated++;
  const extent = manager.allocated;
  stream.extents.push({ extent, replicas, created: [], lengths: null, length: null });
  for (const watched of manager.nodes) if (replicas.includes(watched.node)) watched.extents++;
  for (const node of replicas) ctx.send(node, { kind: 'create', extent, replicas });
}

function askLengths({ extent, replicas }: ManagedExtent, ctx: ManagerContext): void {
  for (const node of replicas) ctx.send(node, { kind: 'seal', extent });
  ctx.setTimer('seal', SEAL_MICROS, String(extent));
}

/**
 * The smallest length of those who answered: whatever was acknowledged is at all three, so that any one of them is long
 * enough. Whoever did not answer is forced to it when it is heard of again.
 */
function decide(manager: ManagerState, stream: Stream, extent: ManagedExtent, ctx: ManagerContext): void {
  const lengths = extent.lengths ?? [];
  extent.length = Math.min(...lengths.map(({ length }) => length));
  for (const node of extent.replicas) {
    if (lengths.every((one) => one.node !== node)) blame(manager, node, ctx);
    force(extent, node, ctx);
  }
  advance(manager, stream, ctx);
}

function force({ extent, length, replicas }: ManagedExtent, node: NodeId, ctx: ManagerContext): void {
  if (length !== null) ctx.send(node, { kind: 'force', extent, length, replicas });
}
