/** Hist and what is about to enter it: how updates get to disk, and what Hist says of requests and keys. */
import type { Entry, Value } from './messages.js';
import type { ServerContext, ServerState } from './server-state.js';

/** Where the disk keeps Hist. */
export const HIST_LOG = 'hist';

/**
 * Takes an update into the log on disk. It enters Hist when `persisted` is called; several may wait for one sync. So
 * whatever is in Hist survives a crash, and only what is in Hist is forwarded or answered.
 */
export function accept(server: ServerState, entry: Entry, ctx: ServerContext): void {
  server.pending.push(entry);
  ctx.disk.append(HIST_LOG, entry);
  if (server.syncing === 0) syncPending(server, ctx);
}

/** The updates whose sync is complete enter Hist. Returns them. */
export function enterHist(server: ServerState, ctx: ServerContext): readonly Entry[] {
  const entries = server.pending.splice(0, server.syncing);
  server.syncing = 0;
  if (server.pending.length > 0) syncPending(server, ctx);
  server.hist.push(...entries);
  return entries;
}

/**
 * Puts `entries` in the place of whatever Hist, and what is about to enter it, have after the first `kept` updates. They count
 * as Hist at once: a server that does this is in no chain, and tells nobody before they are on disk.
 */
export function replaceEnd(server: ServerState, kept: number, entries: readonly Entry[], ctx: ServerContext): void {
  server.hist = [...server.hist.slice(0, kept), ...entries];
  // The sync that may be under way has nothing to put into Hist any more.
  server.pending = [];
  server.syncing = 0;
  ctx.disk.truncate(HIST_LOG, kept);
  for (const entry of entries) ctx.disk.append(HIST_LOG, entry);
}

function syncPending(server: ServerState, ctx: ServerContext): void {
  server.syncing = server.pending.length;
  ctx.disk.sync('persisted');
}

/** The update with this request id and its place in Hist, or after its end if it is pending. */
export function findRequest(
  { hist, pending }: ServerState,
  id: string,
): { readonly at: number; readonly update: Entry } | undefined {
  const inHist = hist.findLastIndex((entry) => entry.id === id);
  const at = inHist >= 0 ? inHist : pending.findIndex((entry) => entry.id === id);
  const update = inHist >= 0 ? hist[at] : pending[at];
  return update === undefined ? undefined : { at: inHist >= 0 ? at : hist.length + at, update };
}

/** The value of `key` after `updates`, or undefined if none of them set it. */
export const latestValue = (updates: readonly Entry[], key: string): Value | undefined =>
  updates.findLast((entry) => entry.key === key)?.value;
