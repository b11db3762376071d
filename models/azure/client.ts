/** A client: a partition server, which appends to its own stream, reads records that it knows, and loads streams. */
import { client, type ClientRole } from '../../framework/index.js';
import { complete, type Task, type User, type UserContext, type UserTimer } from './client-state.js';
import { beginLoad, onBlocksOfLoad, onLength, onStreamOfLoad, retryLoad } from './loading.js';
import { STREAM_MANAGER, type Message, type Operation } from './messages.js';
import type { Rules } from './rules.js';
import { ATTEMPTS_MAX, PATIENCE_MICROS, RETRY_MICROS } from './timing.js';

type AppendTask = Extract<Task, { readonly kind: 'append' }>;
type ReadTask = Extract<Task, { readonly kind: 'read' }>;

export function azureClient(rules: Rules): ClientRole<Message, Operation> {
  return client<User, Message, Operation, UserTimer>({
    init: () => ({ requests: 0, extent: null, known: [], task: null }),
    invoke(user, operation, ctx) {
      user.requests++;
      const request = `${ctx.process}.${user.requests}`;
      ctx.setTimer('deadline', PATIENCE_MICROS);
      ctx.setTimer('retry', RETRY_MICROS);
      switch (operation.kind) {
        case 'append':
          user.task = { kind: 'append', request, value: operation.value, sent: false, broken: null, attempts: 0 };
          append(user, user.task, ctx);
          return;
        case 'read': {
          const record = user.known[operation.place % Math.max(1, user.known.length)];
          if (record === undefined) {
            complete(user, null, ctx);
            return;
          }
          user.task = { kind: 'read', request, record };
          read(user.task, ctx);
          return;
        }
        case 'load':
          beginLoad(user, request, operation.stream, ctx);
      }
    },
    on: {
      stream(user, { request, extents }, _from, ctx) {
        const { task } = user;
        if (task?.request !== request) return;
        if (task.kind === 'load') onStreamOfLoad(user, task, extents, ctx);
        else if (task.kind === 'append' && user.extent === null) {
          const last = extents.at(-1);
          if (last === undefined || last.length !== null || last.extent === task.broken) return;
          user.extent = last;
          append(user, task, ctx);
        }
      },
      appended(user, { request, extent, offset }, _from, ctx) {
        if (user.task?.kind !== 'append' || user.task.request !== request) return;
        const replicas = user.extent?.extent === extent ? user.extent.replicas : null;
        // Late, from an extent that has been given up since: the answer is true all the same.
        if (replicas !== null) user.known = [...user.known, { stream: ctx.self, extent, offset, replicas }];
        complete(user, { stream: ctx.self, extent, offset }, ctx);
      },
      refused(user, { request, extent }, _from, ctx) {
        if (user.task?.kind === 'append' && user.task.request === request && user.extent?.extent === extent)
          breakExtent(user, user.task, ctx);
      },
      length(user, { request, extent, length }, from, ctx) {
        if (user.task?.kind === 'load' && user.task.request === request)
          onLength(user, user.task, { node: from, extent, length }, ctx, rules);
      },
      blocks(user, message, _from, ctx) {
        const { task } = user;
        if (task?.request !== message.request) return;
        if (task.kind === 'load') onBlocksOfLoad(user, task, message, ctx);
        if (task.kind !== 'read') return;
        const { extent, offset } = task.record;
        complete(user, { extent, offset, value: message.blocks[0]?.value ?? null }, ctx);
      },
    },
    timers: {
      retry(user, ctx) {
        const { task } = user;
        ctx.setTimer('retry', RETRY_MICROS);
        if (task?.kind === 'load') retryLoad(task, ctx);
        else if (task?.kind === 'read') read(task, ctx);
        else if (task?.kind !== 'append') ctx.cancelTimer('retry');
        else if (user.extent !== null && task.attempts >= ATTEMPTS_MAX) breakExtent(user, task, ctx);
        else append(user, task, ctx);
      },
      deadline(user, ctx) {
        const { task } = user;
        if (task === null) return;
        user.task = null;
        ctx.cancelTimer('retry');
        if (task.kind === 'append' && task.sent) ctx.info('no answer in time');
        else ctx.fail('no answer in time');
      },
    },
  });
}

/** To the primary of the extent of now; without one, the stream manager is asked for it. */
function append({ extent }: User, task: AppendTask, ctx: UserContext): void {
  const { request, value } = task;
  const [primary] = extent?.replicas ?? [];
  if (extent === null || primary === undefined) {
    ctx.send(STREAM_MANAGER, { kind: 'extend', request, stream: ctx.self, after: task.broken });
    return;
  }
  task.sent = true;
  task.attempts++;
  ctx.send(primary, { kind: 'append', request, extent: extent.extent, value });
}

/** Whatever failed: the extent is sealed, and the stream goes on in another one (§4.3.1). */
function breakExtent(user: User, task: AppendTask, ctx: UserContext): void {
  task.broken = user.extent?.extent ?? task.broken;
  task.attempts = 0;
  user.extent = null;
  append(user, task, ctx);
}

function read({ request, record: { extent, offset, replicas } }: ReadTask, ctx: UserContext): void {
  const node = ctx.random.pick(replicas);
  ctx.send(node, { kind: 'read', request, extent, from: offset, to: offset + 1, sealed: false });
}
