/**
 * How a server takes its place in a new configuration: as the successor of a failed head, as the predecessor of a failed
 * tail, beside a failed middle (§3, Fig. 3), or outside.
 */
import { positionOf, successorOf, type Configuration, type Member } from './configuration.js';
import { startCopy } from './extension.js';
import { forwardFrom } from './link.js';
import {
  isHead,
  isServingTail,
  sentFrom,
  tellMasters,
  type ServerContext,
  type ServerState,
  type Setting,
} from './server-state.js';
import { HEARTBEAT_MICROS } from './timing.js';
import { processAsTail } from './updates.js';

/** Numbers only grow. The same number may come again, with a connection's sn that was not known before. */
export function adopt(server: ServerState, configuration: Configuration, ctx: ServerContext, setting: Setting): void {
  if (configuration.number < server.configuration.number) return;
  const isNew = configuration.number > server.configuration.number;
  const wasHead = isHead(server, ctx.self);
  const wasServing = isServingTail(server, ctx.self);
  server.configuration = configuration;
  const position = positionOf(configuration, ctx.self);
  const member = configuration.chain[position];
  if (member === undefined) {
    // Out of the chain. Hist may hold updates that nobody else has; a copy of T's Hist will replace it.
    if (isNew) forgetSuccessor(server);
    return;
  }
  if (position === 0 && !wasHead) server.headSince = configuration.number;
  if (position > 0) connectToPredecessor(server, member, { ctx, setting });
  const next = successorOf(configuration, ctx.self);
  if (position < configuration.chain.length - 1) connectToSuccessor(server, next, { isNew, ctx, rules: setting });
  else takeTail(server, next, ctx);
  // The lease that a new tail needs comes in answer to a heartbeat.
  if (!wasServing && isServingTail(server, ctx.self)) heartbeat(server, ctx, setting);
}

/** S+: a new connection begins after what has been accepted. The master is told how much that is (message 2). */
function connectToPredecessor(
  server: ServerState,
  { link, resumeAt }: Member,
  { ctx, setting }: { readonly ctx: ServerContext; readonly setting: Setting },
): void {
  if (server.incoming.link !== link)
    server.incoming = { link, received: 0, resumeAt: server.hist.length + server.pending.length };
  if (resumeAt !== null) return;
  tellMasters(setting, ctx, { kind: 'linked', boot: server.boot, link, resumeAt: server.incoming.resumeAt });
}

/** S-: as soon as sn is known, the part of Sent after it goes to the new successor, and newer updates follow (4). */
function connectToSuccessor(
  server: ServerState,
  next: Member | null,
  { isNew, ctx, rules }: { readonly isNew: boolean; readonly ctx: ServerContext; readonly rules: Setting },
): void {
  if (next === null) return;
  const { server: to, link, resumeAt } = next;
  const { outgoing, sent, hist } = server;
  if (outgoing?.link === link) {
    const { base } = outgoing;
    // T+ has become the tail: the connection on which it was copied to is an ordinary one from now on.
    if (outgoing.kind !== 'linked') server.outgoing = { kind: 'linked', to, link, base };
    // The successor refuses what was sent in the old configuration, and it may be on its way still.
    if (isNew && sent.length > 0) forwardFrom(server, sentFrom(server), ctx);
    return;
  }
  server.outgoing = null;
  if (resumeAt === null) return;
  const base = rules.resumeFrom({ sn: resumeAt, sentFrom: sentFrom(server), histLength: hist.length });
  server.outgoing = { kind: 'linked', to, link, base };
  if (sent.length > 0) forwardFrom(server, sentFrom(server), ctx);
}

/** T: everything in Hist is processed now, unless it is being handed over to the T+ that it was before. */
function takeTail(server: ServerState, joining: Member | null, ctx: ServerContext): void {
  if (joining === null || server.outgoing?.link !== joining.link) {
    forgetSuccessor(server);
    if (joining !== null) startCopy(server, joining, ctx);
  }
  if (isServingTail(server, ctx.self)) processAsTail(server, ctx);
}

function forgetSuccessor(server: ServerState): void {
  server.outgoing = null;
  server.sent = [];
}

/** Tells the master that this server lives, and what it has adopted, so that lost orders are repeated. */
export function heartbeat(server: ServerState, ctx: ServerContext, setting: Setting): void {
  const { boot, configuration, incoming, outgoing } = server;
  tellMasters(setting, ctx, {
    kind: 'heartbeat',
    boot,
    sentAt: ctx.now(),
    number: configuration.number,
    incoming: incoming.link,
    resumeAt: incoming.resumeAt,
    outgoing: outgoing === null ? 0 : outgoing.link,
  });
  ctx.setTimer('heartbeat', HEARTBEAT_MICROS);
}
