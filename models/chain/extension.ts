/**
 * Extending the chain, behind the tail (§3) or in the middle. The new server's predecessor, P, first finds out how much of
 * what the new one has on disk is in Hist; the rest was never processed by a tail, and is unwritten. P copies what lacks, and
 * goes on meanwhile. Its newer updates go to the new server too, which keeps them in a temporary log until the copy is on
 * disk. Then P ceases to forward to its successor, or as the tail to serve; and once the new server has all that P ever let
 * others have, the master puts it into the chain.
 */
import type { Joining } from './configuration.js';
import { forwardToJoining, retransmitLater, tellPredecessor } from './link.js';
import { accept, replaceEnd } from './log.js';
import type { ChainMessage, Entry, Stretch } from './messages.js';
import { tellMasters, type ServerContext, type ServerState, type Setting } from './server-state.js';

type ExtensionMessage<Kind extends ChainMessage['kind']> = Extract<ChainMessage, { readonly kind: Kind }>;

/** P begins: the new server is asked what it has. */
export function startExtension(server: ServerState, { server: to, link }: Joining, ctx: ServerContext): void {
  server.extension = { to, link, copy: null, received: null, handedOver: null };
  ask(server, ctx);
}

function ask(server: ServerState, ctx: ServerContext): void {
  const { extension, configuration } = server;
  if (extension === null) return;
  ctx.send(extension.to, { kind: 'ask', number: configuration.number, link: extension.link });
  retransmitLater(server, ctx);
}

/** The new server: it is in no chain, so nothing that it has is missed. */
export function startJoining(server: ServerState, { link }: Joining): void {
  server.incoming = { link, received: 0, resumeAt: 0 };
  server.joining = { copy: 'awaited', temporary: [] };
}

const isJoiningOver = (
  { configuration }: ServerState,
  number: number,
  link: number,
  { self }: ServerContext,
): boolean =>
  number === configuration.number && configuration.joining?.server === self && configuration.joining.link === link;

export function onAsk(
  server: ServerState,
  { number, link }: ExtensionMessage<'ask'>,
  from: string,
  ctx: ServerContext,
): void {
  if (!isJoiningOver(server, number, link, ctx) || server.joining?.copy !== 'awaited') return;
  ctx.send(from, { kind: 'have', number, link, accepted: stretchesOf(server.hist) });
}

function stretchesOf(hist: readonly Entry[]): readonly Stretch[] {
  return hist.flatMap(({ number }, at) => (hist[at + 1]?.number === number ? [] : [{ number, end: at + 1 }]));
}

/**
 * P: how much of another Hist is the beginning of its own. There is one head in a configuration, so two updates at the same
 * place, accepted in the same configuration, are the same, and so is all that is before them.
 */
export function sharedLength(hist: readonly Entry[], accepted: readonly Stretch[]): number {
  let from = 0;
  let shared = 0;
  for (const { number, end } of accepted) {
    for (let at = from; at < Math.min(end, hist.length); at++) if (hist[at]?.number === number) shared = at + 1;
    from = end;
  }
  return shared;
}

export function onHave(
  server: ServerState,
  { number, link, accepted }: ExtensionMessage<'have'>,
  ctx: ServerContext,
  setting: Setting,
): void {
  const { extension, configuration, hist } = server;
  if (number !== configuration.number || extension?.link !== link || extension.copy !== null) return;
  const told = accepted.at(-1)?.end ?? 0;
  const kept = setting.keeps({ told, shared: sharedLength(hist, accepted), histLength: hist.length });
  extension.copy = { kept, end: hist.length };
  sendCopy(server, ctx);
}

/** Hist only grows, so that a repeated copy is the same copy. */
function sendCopy(server: ServerState, ctx: ServerContext): void {
  const { extension, hist, committed, configuration } = server;
  if (extension === null || extension.copy === null) return;
  const { to, link, copy } = extension;
  const entries = hist.slice(copy.kept, copy.end);
  ctx.send(to, { kind: 'copy', number: configuration.number, link, kept: copy.kept, committed, entries });
  retransmitLater(server, ctx);
}

/** Whatever the new server has not confirmed is sent again. With nothing to send it is asked how far it has come. */
export function retransmitToJoining(server: ServerState, ctx: ServerContext): void {
  const { extension } = server;
  if (extension === null) return;
  if (extension.copy === null) ask(server, ctx);
  else if (extension.received === null) sendCopy(server, ctx);
  else forwardToJoining(server, extension.received, ctx);
}

/** The new server takes the copy behind what it keeps. Being cut short does not matter: it is in no chain. */
export function onCopy(
  server: ServerState,
  { number, link, kept, committed, entries }: ExtensionMessage<'copy'>,
  ctx: ServerContext,
): void {
  if (!isJoiningOver(server, number, link, ctx)) return;
  if (server.joining === null) tellPredecessor(server, ctx);
  if (server.joining?.copy !== 'awaited') return;
  server.joining.copy = 'syncing';
  server.counts.unwritten += Math.max(0, server.hist.length - kept);
  server.counts.copied += entries.length;
  replaceEnd(server, kept, entries, ctx);
  server.committed = Math.max(server.committed, committed);
  ctx.disk.sync('copied', String(link));
}

/** The copy is on disk: the updates that came in the meantime follow it, and later ones come as they come. */
export function copyPersisted(server: ServerState, link: number, ctx: ServerContext, setting: Setting): void {
  const { joining, incoming } = server;
  if (joining === null || incoming.link !== link) return;
  server.joining = null;
  const merged = setting.merges(joining.temporary);
  server.counts.merged += merged.length;
  for (const entry of merged) accept(server, entry, ctx);
  tellPredecessor(server, ctx);
}

/** P hears how much the new server has. The first time it ceases to let anybody else have more than it has given by then. */
export function onCopied(
  server: ServerState,
  { number, link, length }: ExtensionMessage<'copied'>,
  ctx: ServerContext,
  setting: Setting,
): void {
  const { extension, configuration, boot, hist } = server;
  if (number !== configuration.number || extension?.link !== link || extension.copy === null) return;
  extension.received = Math.max(extension.received ?? 0, length);
  extension.handedOver ??= hist.length;
  if (setting.isCaughtUp({ received: length, handedOver: extension.handedOver }))
    tellMasters(setting, ctx, { kind: 'extended', boot, link, resumeAt: extension.copy.end });
}
