/**
 * How a server takes its place in a new configuration: as the successor of a failed head, as the predecessor of a failed
 * tail, beside a failed middle (§3, Fig. 3), or outside.
 */
import { positionOf, successorOf, type Configuration, type Member } from './configuration.js';
import { startExtension, startJoining } from './extension.js';
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
  const before = server.configuration;
  const wasServing = isServingTail(server, ctx.self);
  server.configuration = configuration;
  const position = positionOf(configuration, ctx.self);
  const member = configuration.chain[position];
  if (member === undefined) {
    if (isNew) stayOutside(server, ctx);
    return;
  }
  const next = successorOf(configuration, ctx.self);
  if (positionOf(before, ctx.self) < 0) enterChain(server);
  if (before.joining?.server === ctx.self) server.counts[next === null ? 'joinedAsTail' : 'joinedInTheMiddle']++;
  if (position === 0 && !wasHead) server.headSince = configuration.number;
  if (position > 0) connectToPredecessor(server, member, { ctx, setting });
  if (next === null) server.outgoing = null;
  else connectToSuccessor(server, next, { isNew, ctx, rules: setting });
  extend(server, ctx);
  if (!isServingTail(server, ctx.self)) return;
  takeTail(server, ctx);
  // The lease that a new tail needs comes in answer to a heartbeat.
  if (!wasServing) heartbeat(server, ctx, setting);
}

/** Hist may hold updates that nobody else has; whoever lets this server in again will know. */
function stayOutside(server: ServerState, ctx: ServerContext): void {
  const { joining } = server.configuration;
  server.outgoing = null;
  server.extension = null;
  server.sent = [];
  if (joining?.server !== ctx.self) server.joining = null;
  else if (joining.link !== server.incoming.link) startJoining(server, joining);
}

/** What the tail is not known to have processed is Sent, as if this server had always been there. */
function enterChain(server: ServerState): void {
  server.joining = null;
  server.sent = server.hist.slice(server.committed);
}

/** Begins to let in whoever is to join behind this server, goes on with it, or gives it up. */
function extend(server: ServerState, ctx: ServerContext): void {
  const { joining } = server.configuration;
  if (joining?.after !== ctx.self) {
    if (server.extension === null) return;
    server.extension = null;
    if (server.sent.length > 0) forwardFrom(server, sentFrom(server), ctx);
  } else if (server.extension?.link !== joining.link) startExtension(server, joining, ctx);
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
  { server: to, link, resumeAt }: Member,
  { isNew, ctx, rules }: { readonly isNew: boolean; readonly ctx: ServerContext; readonly rules: Setting },
): void {
  const { outgoing, extension, sent, hist } = server;
  if (outgoing?.to !== to || outgoing.link !== link) {
    server.outgoing = null;
    if (extension?.to === to && extension.link === link && extension.copy !== null) {
      // It has joined: the connection over which it was copied to is an ordinary one from now on.
      server.outgoing = { to, link, base: extension.copy.end };
      server.extension = null;
    } else if (resumeAt !== null) {
      const base = rules.resumeFrom({ sn: resumeAt, sentFrom: sentFrom(server), histLength: hist.length });
      server.outgoing = { to, link, base };
    }
  } else if (!isNew) return;
  // A known successor refuses what was sent in the old configuration, and that may be on its way still.
  if (sent.length > 0) forwardFrom(server, sentFrom(server), ctx);
}

/** The tail: everything in Hist is processed now. */
function takeTail(server: ServerState, ctx: ServerContext): void {
  server.sent = [];
  processAsTail(server, ctx);
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
