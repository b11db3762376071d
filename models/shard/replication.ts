/**
 * Within a group: the primary puts commands in order, writes them to disk and through to its backup, and does them when
 * both have them. There is no lease: also what is read goes through the log, so a primary that was replaced and does
 * not know can answer nothing.
 */
import { syncLog } from './log.js';
import type { MessageOf } from './messages.js';
import { drive, tellSource } from './migration.js';
import { isPrimary, LOG, viewOf, type ServerState, type Setting } from './server-state.js';
import { apply } from './slots.js';

/** Part of the log is on disk, unless it is not this log any more. */
export function synced(server: ServerState, key: string, setting: Setting): void {
  const [link, length] = key.split('/').map(Number);
  if (link !== server.link || length === undefined) return;
  server.synced = Math.max(server.synced, length);
  if (isPrimary(server, setting.ctx.self)) commit(server, setting);
  else acknowledge(server, setting);
}

/** At the backup, and at whoever joins: in order, each command once. */
export function onAppend(server: ServerState, message: MessageOf<'append'>, setting: Setting): void {
  const { ctx } = setting;
  if (message.link !== server.link || isPrimary(server, ctx.self) || message.at > server.log.length) return;
  const news = message.commands.slice(server.log.length - message.at);
  for (const command of news) {
    server.log.push(command);
    ctx.disk.append(LOG, command);
  }
  server.committed = Math.max(server.committed, message.committed);
  applyCommitted(server, setting);
  if (news.length > 0) syncLog(server, ctx);
  else acknowledge(server, setting);
}

function acknowledge(server: ServerState, setting: Setting): void {
  const { primary } = viewOf(server);
  applyCommitted(server, setting);
  setting.ctx.send(primary, { kind: 'appended', link: server.link, length: server.synced });
}

/** At the primary. Once whoever joins has all of the log, nothing more is done without it, and the service is told. */
export function onAppended(server: ServerState, { link, length }: MessageOf<'appended'>, setting: Setting): void {
  const { follower } = server;
  if (follower?.link !== link || !isPrimary(server, setting.ctx.self)) return;
  follower.length = Math.max(follower.length, length);
  if (follower.length === server.log.length) follower.inSync = true;
  commit(server, setting);
}

/** What is on all disks that count is done. */
export function commit(server: ServerState, setting: Setting): void {
  const { follower, log } = server;
  for (let place = server.committed; place < log.length; place++) {
    const onOwnDisk = place < server.synced;
    const atBackup = follower?.inSync !== true || place < follower.length;
    if (!setting.rules.isDone({ onOwnDisk, atBackup })) break;
    server.committed = place + 1;
  }
  applyCommitted(server, setting);
  drive(server, { resend: false }, setting);
}

function applyCommitted(server: ServerState, { ctx, rules }: Setting): void {
  const end = Math.min(server.committed, server.synced);
  while (server.applied < end) {
    const command = server.log[server.applied];
    if (command === undefined) return;
    server.applied++;
    const effect = apply(server.slots, command, rules);
    if (!isPrimary(server, ctx.self)) continue;
    if (command.kind !== 'execute') {
      tellSource(server, command, ctx);
      continue;
    }
    const { client, request } = command;
    const { session, n } = request;
    if (effect?.kind === 'answer') ctx.send(client, { kind: 'answer', session, n, result: effect.result });
    else if (effect?.kind === 'moved') {
      server.refused++;
      ctx.send(client, { kind: 'moved', session, n });
    }
  }
}
