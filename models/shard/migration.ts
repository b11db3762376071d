/**
 * Live migration. The source goes on serving while it copies the slot key by key, and keeps a log of the keys that are
 * written meanwhile (`remaining`). When little is left it freezes the slot and hands over the rest, with the answers
 * given so far; on having that, the target serves in the next epoch. Each step is a command of the group that takes it,
 * and so survives the failover of either.
 */
import type { Command } from './commands.js';
import { SLOTS } from './configuration.js';
import { proposeOnce } from './log.js';
import type { Message, MessageOf } from './messages.js';
import { isPrimary, type ServerState, type Setting } from './server-state.js';
import { awaits, type Slot } from './slots.js';

/** With so few keys left the slot is frozen: they go with the handover. */
const REST_MAX = 1;

/** Takes the next step of each migration away from here. At the primary, after each change. */
export function drive(server: ServerState, { resend }: { readonly resend: boolean }, setting: Setting): void {
  if (!isPrimary(server, setting.ctx.self)) return;
  for (const slot of SLOTS) {
    const own = server.slots[slot];
    const decided = server.configuration.slots[slot];
    if (own === undefined || decided === undefined) continue;
    const { epoch, phase, moving } = own;
    const next = epoch + 1;
    if (phase === 'serving' && moving === null) {
      const isOrdered = decided.owner === server.group && decided.epoch === epoch;
      if (isOrdered && decided.target !== null)
        proposeOnce(server, { kind: 'begin', slot, epoch: next, to: decided.target }, setting);
    } else if (phase === 'serving' && moving !== null && moving.remaining.length <= REST_MAX)
      proposeOnce(server, { kind: 'freeze', slot, epoch: next }, setting);
    else if (moving !== null) sendNext(server, { slot, own, resend }, setting);
  }
}

/** To the target: the next key, or the handover. */
function sendNext(
  server: ServerState,
  { slot, own, resend }: { readonly slot: number; readonly own: Slot; readonly resend: boolean },
  { ctx, rules }: Setting,
): void {
  const { moving, phase } = own;
  if (moving === null) return;
  const epoch = own.epoch + 1;
  const source = server.group;
  const rest = moving.remaining.flatMap((key) => own.items[key] ?? []);
  const [item] = rest;
  const label = phase === 'frozen' ? `handover ${epoch}` : `copy ${epoch} ${item?.key} ${item?.version}`;
  if (server.sent[slot] === label && !resend) return;
  server.sent[slot] = label;
  const sessions = rules.handsOverSessions() ? own.sessions : {};
  const message: Message | undefined =
    phase === 'frozen'
      ? { kind: 'handover', slot, epoch, source, rest, sessions, updates: own.updates }
      : item && { kind: 'copy', slot, epoch, source, item };
  if (message !== undefined) ctx.send(server.configuration.views[moving.to].primary, message);
}

/** At the target: it is acknowledged when the target's backup has it too, at once if both do. */
export function onCopy(server: ServerState, message: MessageOf<'copy'>, setting: Setting): void {
  const own = server.slots[message.slot];
  if (own === undefined || !isPrimary(server, setting.ctx.self)) return;
  const { slot, epoch, source, item } = message;
  const command: Command = { kind: 'install', slot, epoch, source, item };
  const isHere = own.epoch === epoch && (own.items[item.key]?.version ?? 0) >= item.version;
  if (isHere || !awaits(own, epoch)) tellSource(server, command, setting.ctx);
  else proposeOnce(server, command, setting);
}

export function onHandover(server: ServerState, message: MessageOf<'handover'>, setting: Setting): void {
  const own = server.slots[message.slot];
  if (own === undefined || !isPrimary(server, setting.ctx.self)) return;
  const command: Command = { ...message, kind: 'activate' };
  if (awaits(own, message.epoch)) proposeOnce(server, command, setting);
  else tellSource(server, command, setting.ctx);
}

/** What was received is told to whoever leads the source now. */
export function tellSource(server: ServerState, command: Command, ctx: Setting['ctx']): void {
  if (command.kind !== 'install' && command.kind !== 'activate') return;
  const { slot, epoch } = command;
  const { primary } = server.configuration.views[command.source];
  if (command.kind === 'activate') ctx.send(primary, { kind: 'received', slot, epoch });
  else {
    const { key, version } = command.item;
    ctx.send(primary, { kind: 'copied', slot, epoch, key, version });
  }
}

export function onCopied(server: ServerState, message: MessageOf<'copied'>, setting: Setting): void {
  const own = server.slots[message.slot];
  if (!isPrimary(server, setting.ctx.self) || own?.epoch !== message.epoch - 1) return;
  if (own.moving?.remaining.includes(message.key) === true) proposeOnce(server, { ...message }, setting);
}

export function onReceived(server: ServerState, { slot, epoch }: MessageOf<'received'>, setting: Setting): void {
  const own = server.slots[slot];
  if (!isPrimary(server, setting.ctx.self) || own?.epoch !== epoch - 1) return;
  if (own.phase === 'frozen') proposeOnce(server, { kind: 'release', slot, epoch }, setting);
}
