/** How a server takes its place in a new view of its group, and what it tells the configuration service. */
import { SLOTS, type Configuration, type View } from './configuration.js';
import { sendLog } from './log.js';
import { SERVICE } from './messages.js';
import { drive } from './migration.js';
import { commit } from './replication.js';
import { isPrimary, LOG, viewOf, type ServerState, type Setting } from './server-state.js';
import { initialSlots } from './slots.js';
import { HEARTBEAT_MICROS } from './timing.js';

/** Numbers only grow. */
export function adopt(server: ServerState, configuration: Configuration, setting: Setting): void {
  if (configuration.number <= server.configuration.number) return;
  const before = viewOf(server).epoch;
  server.configuration = configuration;
  const view = viewOf(server);
  const { self } = setting.ctx;
  if (view.joining === self && server.link !== view.link) beginAnew(server, view.link, setting);
  if (view.primary === self && view.epoch > before) lead(server, view, setting);
  drive(server, { resend: false }, setting);
}

/** Whoever joins throws away what it has: others have all that was ever answered. */
function beginAnew(server: ServerState, link: number, { ctx }: Setting): void {
  ctx.disk.truncate(LOG, 0);
  Object.assign(server, { link, log: [], synced: 0, committed: 0, applied: 0, follower: null });
  server.slots = initialSlots(server.group);
}

/** The primary of a new view. Without a backup, all that it has on its disk is done. */
function lead(server: ServerState, { backup, joining, link }: View, setting: Setting): void {
  const next = backup ?? joining;
  const { follower } = server;
  if (next === null) server.follower = null;
  else if (follower?.link !== link) server.follower = { server: next, link, length: -1, inSync: backup !== null };
  commit(server, setting);
  sendLog(server, 0, setting.ctx);
}

/** Tells the service that this server lives, and sends again what nobody has acknowledged. */
export function heartbeat(server: ServerState, setting: Setting): void {
  const { boot, configuration, follower, slots, log } = server;
  const { ctx } = setting;
  const leads = isPrimary(server, ctx.self);
  const serving = SLOTS.flatMap((slot) => {
    const own = slots[slot];
    return leads && own?.phase === 'serving' ? [{ slot, epoch: own.epoch, updates: own.updates }] : [];
  });
  const joined = leads && follower?.inSync === true ? follower.link : 0;
  ctx.send(SERVICE, { kind: 'heartbeat', boot, number: configuration.number, joined, serving });
  ctx.setTimer('heartbeat', HEARTBEAT_MICROS);
  if (!leads) return;
  if (follower !== null) sendLog(server, Math.min(follower.length, log.length), ctx);
  drive(server, { resend: true }, setting);
}
