/** An extent node: which handler answers which message. What the handlers do is in the files they come from. */
import { protocol, type Role } from '../../framework/index.js';
import { afterSync, onAppend, onReplicate, onStored, retransmit } from './appending.js';
import { STREAM_MANAGER, type Message } from './messages.js';
import { replicaOf, restored, settle, type NodeContext, type NodeState, type Timer } from './replica.js';
import type { Rules } from './rules.js';
import { conform, onCopy, onCreate, onFetch, onForce, onSeal } from './sealing.js';
import { REPORT_MICROS } from './timing.js';

export function extentNode(rules: Rules): Role<NodeState, Message> {
  const start = (ctx: NodeContext): NodeState => {
    const node = restored(ctx);
    report(node, ctx);
    return node;
  };
  return protocol<NodeState, Message, Timer>({
    init: start,
    recover: start,
    on: {
      create: (node, message, from, ctx) => onCreate(node, message, from, ctx),
      seal: (node, { extent }, from, ctx) => onSeal(node, extent, from, ctx),
      force: (node, message, _from, ctx) => onForce(node, message, ctx, rules),

      append: (node, message, from, ctx) => onAppend(node, message, from, ctx, rules),
      replicate: (node, message, from, ctx) => onReplicate(node, message, from, ctx, rules),
      stored: (node, message, from, ctx) => onStored(node, message, from, ctx, rules),
      fetch: (node, message, from, ctx) => onFetch(node, message, from, ctx),
      copy: (node, message, _from, ctx) => onCopy(node, message, ctx),

      check(node, { request, extent }, from, ctx) {
        const replica = replicaOf(node, extent);
        if (replica !== undefined) ctx.send(from, { kind: 'length', request, extent, length: replica.blocks.length });
      },
      read(node, { request, extent, from: first, to, sealed }, from, ctx) {
        const replica = replicaOf(node, extent);
        if (replica === undefined || replica.blocks.length < to || (sealed && !replica.sealed)) return;
        ctx.send(from, { kind: 'blocks', request, extent, from: first, blocks: replica.blocks.slice(first, to) });
      },
    },
    timers: {
      report,
      retransmit,
      synced(node, ctx, key) {
        for (const replica of settle(node, Number(key), ctx)) {
          afterSync(replica, ctx, rules);
          conform(node, replica, ctx);
        }
      },
    },
  });
}

function report(node: NodeState, ctx: NodeContext): void {
  const unsealed = node.extents.filter(({ sealed }) => !sealed).map(({ extent }) => extent);
  ctx.send(STREAM_MANAGER, { kind: 'report', unsealed });
  ctx.setTimer('report', REPORT_MICROS);
}
