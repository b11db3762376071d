/**
 * Partition load (§4.3.3): a partition server that takes over reads the whole stream. If the last extent is open, it asks
 * all its replicas for their commit lengths; where they differ, or one is missing, the extent is sealed first.
 */
import type { NodeId } from '../../framework/index.js';
import { complete, type Part, type Task, type User, type UserContext } from './client-state.js';
import { STREAM_MANAGER, type ClientMessage, type ExtentInfo, type Found, type Loaded } from './messages.js';
import type { Rules } from './rules.js';
import { ATTEMPTS_MAX } from './timing.js';

export type LoadTask = Extract<Task, { readonly kind: 'load' }>;

export function beginLoad(user: User, request: string, stream: string, ctx: UserContext): void {
  const task: LoadTask = { kind: 'load', request, stream, parts: null, lengths: [], attempts: 0, sealing: false };
  user.task = task;
  ctx.send(STREAM_MANAGER, { kind: 'lookup', request, stream });
}

/** The first answer says what there is; one after that, at which length the last extent of these was sealed. */
export function onStreamOfLoad(user: User, task: LoadTask, extents: readonly ExtentInfo[], ctx: UserContext): void {
  if (task.parts === null) {
    task.parts = extents.map((one) => ({ ...one, sealed: one.length !== null, blocks: null }));
    retryLoad(task, ctx);
    finishIfComplete(user, task, ctx);
    return;
  }
  const last = task.parts.at(-1);
  const sealed = extents.find(({ extent }) => extent === last?.extent);
  if (last === undefined || last.length !== null || sealed === undefined || sealed.length === null) return;
  task.sealing = true;
  know(user, task, sealed.length, ctx);
}

export function onLength(
  user: User,
  task: LoadTask,
  { node, extent, length }: { readonly node: NodeId; readonly extent: number; readonly length: number },
  ctx: UserContext,
  rules: Rules,
): void {
  const last = task.parts?.at(-1);
  if (last?.extent !== extent || last.length !== null || task.sealing) return;
  if (task.lengths.some((one) => one.node === node)) return;
  task.lengths.push({ node, length });
  const lengths = task.lengths.map((one) => one.length);
  const committed = rules.commitLength(lengths, last.replicas.length);
  if (committed === undefined) return;
  if (committed === null) seal(task, ctx);
  else know(user, task, committed, ctx);
}

function seal(task: LoadTask, ctx: UserContext): void {
  const extent = task.parts?.at(-1)?.extent ?? 0;
  task.sealing = true;
  ctx.send(STREAM_MANAGER, { kind: 'close', request: task.request, stream: task.stream, extent });
}

/** How far the last extent may be read. */
function know(user: User, task: LoadTask, length: number, ctx: UserContext): void {
  task.parts = (task.parts ?? []).map((part, place, { length: count }) =>
    place === count - 1 ? { ...part, length, sealed: task.sealing } : part,
  );
  retryLoad(task, ctx);
  finishIfComplete(user, task, ctx);
}

const isMissing = ({ length, blocks }: Part): boolean => length !== 0 && blocks === null;

/** Asks for whatever is missing. */
export function retryLoad(task: LoadTask, ctx: UserContext): void {
  const { request, stream, parts } = task;
  if (parts === null) {
    ctx.send(STREAM_MANAGER, { kind: 'lookup', request, stream });
    return;
  }
  for (const { extent, replicas, length: to, sealed } of parts.filter(isMissing))
    if (to !== null) ctx.send(ctx.random.pick(replicas), { kind: 'read', request, extent, from: 0, to, sealed });
  const last = parts.at(-1);
  if (last === undefined || last.length !== null) return;
  task.attempts++;
  if (task.sealing || task.attempts > ATTEMPTS_MAX) seal(task, ctx);
  else for (const node of last.replicas) ctx.send(node, { kind: 'check', request, extent: last.extent });
}

export function onBlocksOfLoad(
  user: User,
  task: LoadTask,
  { extent, blocks }: Extract<ClientMessage, { readonly kind: 'blocks' }>,
  ctx: UserContext,
): void {
  const part = task.parts?.find((one) => one.extent === extent);
  if (part === undefined) return;
  part.blocks = blocks;
  finishIfComplete(user, task, ctx);
}

function finishIfComplete(user: User, task: LoadTask, ctx: UserContext): void {
  const { stream, parts, sealing } = task;
  if (parts === null || parts.some((part) => part.length === null || isMissing(part))) return;
  const found = parts.flatMap(({ extent, replicas, blocks }) =>
    (blocks ?? []).map(({ value }, offset) => ({ extent, offset, value, replicas })),
  );
  user.known = [
    ...user.known.filter((one) => one.stream !== stream),
    ...found.map(({ extent, offset, replicas }) => ({ stream, extent, offset, replicas })),
  ];
  const records = found.map(({ extent, offset, value }): Found => ({ extent, offset, value }));
  complete(user, { records, sealed: sealing } satisfies Loaded, ctx);
}
