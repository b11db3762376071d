/** The way of a request (§3): executed at the head, forwarded down the chain, answered and acknowledged by the tail. */
import type { NodeId } from '../../framework/index.js';
import { positionOf } from './configuration.js';
import { forwardFrom, forwardToJoining, stopRetransmitting, tellPredecessor } from './link.js';
import { accept, enterHist, findRequest, latestValue } from './log.js';
import type { ChainMessage, ChainOperation, Entry, Value } from './messages.js';
import type { Rules } from './rules.js';
import { isHead, isServingTail, sentFrom, type ServerContext, type ServerState } from './server-state.js';

interface Request {
  readonly id: string;
  readonly client: NodeId;
  readonly operation: ChainOperation;
}

/**
 * Queries are for the tail, updates for the head. Whoever is asked and should not be says nothing: to lose a request is
 * allowed (§2, transition T2), and the client finds out where to turn when it gets no answer.
 */
export function onRequest(server: ServerState, request: Request, ctx: ServerContext, rules: Rules): void {
  if (request.operation.kind === 'get') answerQuery(server, request, ctx, rules);
  else if (isHead(server, ctx.self)) execute(server, request, ctx, rules);
}

function answerQuery(server: ServerState, { id, client, operation }: Request, ctx: ServerContext, rules: Rules): void {
  if (!isServingTail(server, ctx.self)) return;
  if (!rules.mayAnswerQuery({ now: ctx.now(), heartbeatSentAt: server.leasedFrom })) return;
  const result = latestValue(server.hist, operation.key) ?? null;
  ctx.send(client, { kind: 'reply', id, result });
}

/** The head's part: does the update unless it was done before, and accepts the effect. */
function execute(server: ServerState, { id, client, operation }: Request, ctx: ServerContext, rules: Rules): void {
  const known = findRequest(server, id);
  if (known !== undefined && rules.remembers({ acceptedIn: known.update.number, headSince: server.headSince })) {
    // The tail's reply may have been lost. It is repeated once the tail has processed the update, not before.
    if (known.at < server.committed) reply(known.update, ctx);
    return;
  }
  const { key } = operation;
  const before = latestValue(server.pending, key) ?? latestValue(server.hist, key) ?? null;
  const { number } = server.configuration;
  accept(server, { id, client, number, key, value: effectOf(operation, before) }, ctx);
}

function effectOf(operation: ChainOperation, before: Value): Value {
  if (operation.kind === 'append') return `${before ?? ''}${operation.value}`;
  return operation.kind === 'put' ? operation.value : before;
}

/** Updates are on disk: they enter Hist, and are forwarded, or processed by the tail. */
export function persisted(server: ServerState, ctx: ServerContext): void {
  const from = server.hist.length;
  const entries = enterHist(server, ctx);
  if (entries.length === 0) return;
  if (server.extension !== null) forwardToJoining(server, from, ctx);
  if (isServingTail(server, ctx.self)) processAsTail(server, ctx);
  else if (positionOf(server.configuration, ctx.self) >= 0) {
    server.sent.push(...entries);
    forwardFrom(server, from, ctx);
  } else tellPredecessor(server, ctx);
}

/**
 * The tail has processed all of its Hist: clients are answered, predecessors told. A server that becomes the tail does
 * it for all that the failed tail may have processed without a reply (§3, failure of the tail).
 */
export function processAsTail(server: ServerState, ctx: ServerContext): void {
  for (const entry of server.hist.slice(server.committed)) reply(entry, ctx);
  server.committed = server.hist.length;
  tellPredecessor(server, ctx);
}

/**
 * To an update; those of this store return nothing. A tail that was removed may send it too: all its predecessors have
 * the update in their Hist, and one of them is in every later chain.
 */
function reply({ id, client }: Entry, ctx: ServerContext): void {
  ctx.send(client, { kind: 'reply', id, result: null });
}

/** From the successor: the tail has processed this much. It leaves Sent, and the predecessor is told in turn. */
export function onAck(
  server: ServerState,
  { number, committed }: Extract<ChainMessage, { kind: 'ack' }>,
  ctx: ServerContext,
): void {
  if (number !== server.configuration.number || committed <= server.committed) return;
  server.sent.splice(0, Math.max(0, committed - sentFrom(server)));
  server.committed = committed;
  tellPredecessor(server, ctx);
  if (server.sent.length === 0 && server.extension === null) stopRetransmitting(server, ctx);
}
