/**
 * The configuration service: holds the map, detects failures by silence, decides failovers and migrations. It never
 * fails, as if it were replicated by consensus; it may be cut off, and then suspects servers that live.
 */
import { protocol, type Context, type NodeId, type Role } from '../../framework/index.js';
import { balance } from './balance.js';
import { GROUP_NAMES, groupOf, INITIAL, SERVERS, SLOTS } from './configuration.js';
import type { Configuration, GroupName, View } from './configuration.js';
import type { Message, MessageOf } from './messages.js';
import { BALANCE_MICROS, SUSPECT_MICROS } from './timing.js';

interface Watched {
  readonly server: NodeId;
  /** The latest of its lives that has been heard of. */
  boot: number;
  /** Heard of within the last `SUSPECT_MICROS`. */
  alive: boolean;
}

export interface ServiceState {
  configuration: Configuration;
  readonly servers: Watched[];
  /** By slot, the updates that it had seen when last heard of, and when loads were last compared. */
  updates: number[];
  compared: number[];
  /** Counts of what was decided, and of what became of it. */
  readonly decided: { migrations: number; flips: number; failovers: number };
}

type ServiceTimer = 'suspect' | 'balance';
type ServiceContext = Context<Message, ServiceTimer>;

export function configurationService(): Role<ServiceState, Message> {
  return protocol<ServiceState, Message, ServiceTimer>({
    init(ctx) {
      for (const server of SERVERS) ctx.setTimer('suspect', SUSPECT_MICROS, server);
      ctx.setTimer('balance', BALANCE_MICROS);
      return {
        configuration: INITIAL,
        servers: SERVERS.map((server) => ({ server, boot: 1, alive: true })),
        updates: SLOTS.map(() => 0),
        compared: SLOTS.map(() => 0),
        decided: { migrations: 0, flips: 0, failovers: 0 },
      };
    },
    on: {
      heartbeat: onHeartbeat,
      lookup(service, _message, from, ctx) {
        ctx.send(from, { kind: 'map', configuration: service.configuration });
      },
    },
    timers: {
      suspect(service, ctx, server) {
        const watched = service.servers.find((one) => one.server === server);
        if (watched === undefined) return;
        watched.alive = false;
        failed(service, server, ctx);
      },
      balance(service, ctx) {
        const move = balance(service.configuration, { updates: service.updates, compared: service.compared });
        service.compared = [...service.updates];
        if (move !== null) migrate(service, move.slot, move.to, ctx);
        ctx.setTimer('balance', BALANCE_MICROS);
      },
    },
    controls: {
      /** An operator moves a slot to the next group. */
      move(service, ctx, slot) {
        const owner = service.configuration.slots[Number(slot)]?.owner;
        if (owner === undefined) return;
        const to = GROUP_NAMES[(GROUP_NAMES.indexOf(owner) + 1) % GROUP_NAMES.length];
        if (to !== undefined) migrate(service, Number(slot), to, ctx);
      },
    },
  });
}

function onHeartbeat(service: ServiceState, message: MessageOf<'heartbeat'>, from: NodeId, ctx: ServiceContext): void {
  const watched = service.servers.find(({ server }) => server === from);
  if (watched === undefined || message.boot < watched.boot) return;
  ctx.setTimer('suspect', SUSPECT_MICROS, from);
  watched.alive = true;
  const { number } = service.configuration;
  if (message.boot > watched.boot) {
    // It crashed and is back before the silence told. The place that it had, it has no longer.
    watched.boot = message.boot;
    failed(service, from, ctx);
  } else learn(service, message, from, ctx);
  recruit(service, from, ctx);
  const isBehind = message.number < service.configuration.number;
  if (isBehind && service.configuration.number === number) configure(service, from, ctx);
}

/** What a primary reports: whoever joined has everything; a slot has arrived. */
function learn(
  service: ServiceState,
  { joined, serving }: MessageOf<'heartbeat'>,
  from: NodeId,
  ctx: ServiceContext,
): void {
  const group = groupOf(from);
  const view = service.configuration.views[group];
  if (view.primary === from && view.joining !== null && view.link === joined)
    changeView(service, group, { ...view, backup: view.joining, joining: null }, ctx);
  for (const { slot, epoch, updates } of serving) {
    service.updates[slot] = Math.max(updates, service.updates[slot] ?? 0);
    if (epoch <= (service.configuration.slots[slot]?.epoch ?? 0)) continue;
    service.decided.flips++;
    assign(service, slot, { owner: group, epoch, target: null }, ctx);
  }
}

/**
 * `server` is silent, or has restarted. The backup takes the place of a primary; the last member of a group is never
 * replaced, because nobody else need have what was answered: it is waited for.
 */
function failed(service: ServiceState, server: NodeId, ctx: ServiceContext): void {
  const group = groupOf(server);
  const view = service.configuration.views[group];
  const isBack = service.servers.some((one) => one.server === server && one.alive);
  if (view.primary === server && view.backup !== null) {
    service.decided.failovers++;
    changeView(service, group, { ...view, primary: view.backup, backup: null }, ctx);
  } else if (view.backup === server || view.joining === server || (view.primary === server && isBack))
    changeView(service, group, { ...view, backup: null, joining: null }, ctx);
}

/** A live server that has no place in its group joins it. */
function recruit(service: ServiceState, server: NodeId, ctx: ServiceContext): void {
  const group = groupOf(server);
  const view = service.configuration.views[group];
  if (view.primary === server || view.backup !== null || view.joining !== null) return;
  changeView(service, group, { ...view, joining: server, link: service.configuration.number + 1 }, ctx);
}

function changeView(service: ServiceState, group: GroupName, view: View, ctx: ServiceContext): void {
  const { views } = service.configuration;
  const epoch = service.configuration.number + 1;
  decide(service, { ...service.configuration, views: { ...views, [group]: { ...view, epoch } } }, ctx);
}

function migrate(service: ServiceState, slot: number, to: GroupName, ctx: ServiceContext): void {
  const now = service.configuration.slots[slot];
  if (now === undefined || now.target !== null || now.owner === to) return;
  service.decided.migrations++;
  assign(service, slot, { ...now, target: to }, ctx);
}

function assign(
  service: ServiceState,
  slot: number,
  assignment: Configuration['slots'][number],
  ctx: ServiceContext,
): void {
  const slots = service.configuration.slots.map((other, place) => (place === slot ? assignment : other));
  decide(service, { ...service.configuration, slots }, ctx);
}

function decide(service: ServiceState, next: Configuration, ctx: ServiceContext): void {
  service.configuration = { ...next, number: service.configuration.number + 1 };
  for (const server of SERVERS) configure(service, server, ctx);
}

function configure({ servers, configuration }: ServiceState, server: NodeId, ctx: ServiceContext): void {
  const boot = servers.find((watched) => watched.server === server)?.boot;
  if (boot !== undefined) ctx.send(server, { kind: 'configure', boot, configuration });
}
