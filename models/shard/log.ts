/** The log of a group, at its primary: what is put into it, and how it gets to disk and to the backup. */
import type { Command } from './commands.js';
import { LOG, type ServerState, type Setting } from './server-state.js';

export function propose(server: ServerState, command: Command, { ctx }: Setting): void {
  server.log.push(command);
  ctx.disk.append(LOG, command);
  syncLog(server, ctx);
  sendLog(server, server.log.length - 1, ctx);
}

/** Unless it is on its way already. */
export function proposeOnce(
  server: ServerState,
  command: Exclude<Command, { kind: 'execute' }>,
  setting: Setting,
): void {
  const key = keyOf(command);
  const isProposed = server.log.slice(server.applied).some((other) => other.kind !== 'execute' && keyOf(other) === key);
  if (!isProposed) propose(server, command, setting);
}

function keyOf(command: Exclude<Command, { kind: 'execute' }>): string {
  const { kind, slot, epoch } = command;
  const which = kind === 'install' ? command.item : kind === 'copied' ? command : null;
  return `${kind} ${slot} ${epoch} ${which === null ? '' : `${which.key} ${which.version}`}`;
}

export const syncLog = ({ link, log }: ServerState, ctx: Setting['ctx']): void => {
  ctx.disk.sync('synced', `${link}/${log.length}`);
};

/** Sends the log from place `from` on, and how much of it is committed. */
export function sendLog(server: ServerState, from: number, ctx: Setting['ctx']): void {
  const { follower, log, committed } = server;
  if (follower === null) return;
  const at = Math.max(0, from);
  const { server: to, link } = follower;
  ctx.send(to, { kind: 'append', link, at, commands: log.slice(at), committed });
}
