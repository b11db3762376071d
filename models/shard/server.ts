/** A server of a group: which handler answers which message. What the handlers do is in the files they come from. */
import { protocol, type NodeId, type Role } from '../../framework/index.js';
import type { Command, Request } from './commands.js';
import { GROUP_NAMES, INITIAL, type Configuration, type View } from './configuration.js';
import { propose } from './log.js';
import type { Message } from './messages.js';
import { onCopied, onCopy, onHandover, onReceived } from './migration.js';
import { adopt, heartbeat } from './reconfiguration.js';
import { onAppend, onAppended, synced } from './replication.js';
import type { Rules } from './rules.js';
import {
  freshState,
  isPrimary,
  LOG,
  viewOf,
  type ServerState,
  type ServerTimer,
  type Setting,
} from './server-state.js';

const FIRST_BOOT = 1;

/** A server that has restarted has no place until it is told one. */
function withoutPlaces(): Configuration {
  const nobody: View = { epoch: 0, primary: '', backup: null, joining: null, link: 0 };
  const views = { ...INITIAL.views };
  for (const group of GROUP_NAMES) views[group] = nobody;
  return { ...INITIAL, number: 0, views };
}

export function shardServer(rules: Rules): Role<ServerState, Message> {
  return protocol<ServerState, Message, ServerTimer>({
    init(ctx) {
      const server = freshState(ctx.self, { boot: FIRST_BOOT, configuration: INITIAL, log: [] });
      const { primary, backup, link } = viewOf(server);
      server.link = link;
      if (primary === ctx.self && backup !== null) server.follower = { server: backup, link, length: 0, inSync: true };
      heartbeat(server, { ctx, rules });
      return server;
    },

    recover(ctx) {
      const boot = (ctx.disk.get<number>('boot') ?? FIRST_BOOT) + 1;
      ctx.disk.set('boot', boot);
      ctx.disk.sync('booted');
      return freshState(ctx.self, { boot, configuration: withoutPlaces(), log: ctx.disk.read<Command>(LOG) });
    },

    on: {
      request: (server, { request }, client, ctx) => onRequest(server, request, client, { ctx, rules }),
      append: (server, message, _from, ctx) => onAppend(server, message, { ctx, rules }),
      appended: (server, message, _from, ctx) => onAppended(server, message, { ctx, rules }),
      copy: (server, message, _from, ctx) => onCopy(server, message, { ctx, rules }),
      copied: (server, message, _from, ctx) => onCopied(server, message, { ctx, rules }),
      handover: (server, message, _from, ctx) => onHandover(server, message, { ctx, rules }),
      received: (server, message, _from, ctx) => onReceived(server, message, { ctx, rules }),
      configure(server, { boot, configuration }, _from, ctx) {
        if (boot === server.boot) adopt(server, configuration, { ctx, rules });
      },
    },

    timers: {
      heartbeat: (server, ctx) => heartbeat(server, { ctx, rules }),
      synced: (server, ctx, key) => synced(server, key, { ctx, rules }),
      booted: (server, ctx) => heartbeat(server, { ctx, rules }),
    },
  });
}

/**
 * A request with a stale map is refused at once if that is plain already, else when its turn comes. A refusal is no
 * answer: the client looks the slot up and asks again.
 */
function onRequest(server: ServerState, request: Request, client: NodeId, setting: Setting): void {
  const { ctx, rules } = setting;
  const { session, n, epoch: asked } = request;
  const own = server.slots[request.slot];
  const leads = isPrimary(server, ctx.self);
  if (own !== undefined && leads && rules.serves({ phase: own.phase, epoch: own.epoch, asked })) {
    propose(server, { kind: 'execute', client, request }, setting);
    return;
  }
  if (leads) server.refused++;
  ctx.send(client, { kind: 'moved', session, n });
}
