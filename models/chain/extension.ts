/**
 * Extending the chain (§3): T copies its Hist to T+ and goes on serving, while what it processes meanwhile collects in
 * Sent(T). Then T ceases to be the tail, Sent(T) follows, and once T+ has it the master makes T+ the tail.
 */
import type { Member } from './configuration.js';
import { forwardFrom, sendCopy, tellPredecessor } from './link.js';
import { HIST_LOG } from './log.js';
import type { ChainMessage } from './messages.js';
import { tellMasters, type ServerContext, type ServerState, type Setting } from './server-state.js';

/** T begins to copy. From here on Sent collects what T+ will lack: Hist(T) = copy ⊕ Sent(T). */
export function startCopy(server: ServerState, { server: to, link }: Member, ctx: ServerContext): void {
  server.outgoing = { kind: 'copying', to, link, base: server.hist.length };
  sendCopy(server, ctx);
}

/** T+ replaces whatever it has. It is in no chain, so nothing of it is missed, not even if this is cut short. */
export function onCopy(
  server: ServerState,
  { number, link, hist }: Extract<ChainMessage, { kind: 'copy' }>,
  ctx: ServerContext,
): void {
  const { configuration, incoming } = server;
  if (number !== configuration.number || configuration.joining?.server !== ctx.self) return;
  if (configuration.joining.link !== link) return;
  if (incoming.link === link) {
    // It is here already, but T has not heard so: when this sync is complete, so is the one of the copy.
    ctx.disk.sync('copied', String(link));
    return;
  }
  server.incoming = { link, received: 0, resumeAt: hist.length };
  server.hist = [...hist];
  server.committed = hist.length;
  // The sync that may be under way has nothing to put into Hist any more.
  server.pending = [];
  server.syncing = 0;
  ctx.disk.truncate(HIST_LOG, 0);
  for (const entry of hist) ctx.disk.append(HIST_LOG, entry);
  ctx.disk.sync('copied', String(link));
}

/** The copy is on T+'s disk. */
export function copyPersisted(server: ServerState, link: number, ctx: ServerContext): void {
  if (server.configuration.joining?.server === ctx.self && server.incoming.link === link) tellPredecessor(server, ctx);
}

/** T hears how much T+ has. The first time it ceases to serve: what it has processed by then, T+ must get. */
export function onCopied(
  server: ServerState,
  { number, link, length }: Extract<ChainMessage, { kind: 'copied' }>,
  ctx: ServerContext,
  setting: Setting,
): void {
  const { outgoing, configuration, boot } = server;
  if (number !== configuration.number || outgoing?.link !== link || outgoing.kind === 'linked') return;
  const { to, base } = outgoing;
  const processed = outgoing.kind === 'handing-over' ? outgoing.processed : server.committed;
  if (outgoing.kind === 'copying') {
    server.outgoing = { kind: 'handing-over', to, link, base, processed };
    if (server.sent.length > 0) forwardFrom(server, base, ctx);
  }
  if (setting.isCaughtUp({ receivedByNewTail: length, processedByOldTail: processed }))
    tellMasters(setting, ctx, { kind: 'extended', boot, link, resumeAt: base });
}
