/**
 * The connection of two neighbours. The paper assumes reliable FIFO links; here the network loses, repeats and reorders,
 * so updates are numbered on each connection, accepted in order only, and sent again until the tail's acknowledgement
 * has come back. A place in Hist is never compared: as in the paper, order is the connection's affair.
 */
import { predecessorOf } from './configuration.js';
import { accept } from './log.js';
import type { ChainMessage } from './messages.js';
import type { Rules } from './rules.js';
import { isHandingOver, sentFrom, type ServerContext, type ServerState } from './server-state.js';
import { RETRANSMIT_MICROS } from './timing.js';

/**
 * Sends what Sent holds from place `from` of Hist on, unless the connection begins later. A server that lets another one in
 * behind it leaves that to the other.
 */
export function forwardFrom(server: ServerState, from: number, ctx: ServerContext): void {
  const { outgoing, configuration, sent } = server;
  if (outgoing === null || isHandingOver(server)) return;
  const { to, link, base } = outgoing;
  const first = Math.max(from, base);
  const entries = sent.slice(first - sentFrom(server));
  ctx.send(to, { kind: 'forward', number: configuration.number, link, n: first - base + 1, entries });
  retransmitLater(server, ctx);
}

/** To a server that joins behind this one: the updates of Hist after the first `from`, those of its copy left out. */
export function forwardToJoining(server: ServerState, from: number, ctx: ServerContext): void {
  const { extension, configuration, hist } = server;
  if (extension === null || extension.copy === null) return;
  const { to, link, copy } = extension;
  const first = Math.max(from, copy.end);
  const n = first - copy.end + 1;
  ctx.send(to, { kind: 'forward', number: configuration.number, link, n, entries: hist.slice(first) });
  retransmitLater(server, ctx);
}

export function retransmitLater(server: ServerState, ctx: ServerContext): void {
  if (server.retransmitting) return;
  server.retransmitting = true;
  ctx.setTimer('retransmit', RETRANSMIT_MICROS);
}

/** All that is not acknowledged is sent again. */
export function retransmit(server: ServerState, ctx: ServerContext): void {
  if (server.outgoing !== null && server.sent.length > 0) forwardFrom(server, sentFrom(server), ctx);
}

export function stopRetransmitting(server: ServerState, ctx: ServerContext): void {
  if (!server.retransmitting) return;
  server.retransmitting = false;
  ctx.cancelTimer('retransmit');
}

/** From the predecessor: accepts the next updates of the connection, each once. What is known is acknowledged again. */
export function onForward(
  server: ServerState,
  message: Extract<ChainMessage, { kind: 'forward' }>,
  ctx: ServerContext,
  rules: Rules,
): void {
  const { incoming, configuration } = server;
  if (!rules.acceptsFrom({ own: configuration.number, senders: message.number })) return;
  const { n: first, entries } = message;
  if (message.link !== incoming.link || !rules.isInOrder({ first, received: incoming.received })) return;
  const end = first - 1 + entries.length;
  if (end <= incoming.received) {
    tellPredecessor(server, ctx);
    return;
  }
  for (const entry of entries.slice(Math.max(0, incoming.received - (first - 1)))) {
    if (server.joining === null) accept(server, entry, ctx);
    else server.joining.temporary.push(entry);
  }
  incoming.received = end;
}

/** Acknowledges what the tail has processed; who joins tells how far it has come itself, once it has the copy. */
export function tellPredecessor(server: ServerState, ctx: ServerContext): void {
  const { configuration, committed, incoming, hist } = server;
  const { number, joining } = configuration;
  const predecessor = predecessorOf(configuration, ctx.self);
  if (predecessor === undefined) return;
  if (joining?.server !== ctx.self) ctx.send(predecessor, { kind: 'ack', number, committed });
  else if (server.joining === null)
    ctx.send(predecessor, { kind: 'copied', number, link: incoming.link, length: hist.length });
}
