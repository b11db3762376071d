/** A server of the chain: which handler answers which message. What the handlers do is in the files they come from. */
import { protocol, type NodeId, type Role } from '../../framework/index.js';
import { initialConfiguration, UNKNOWN } from './configuration.js';
import { copyPersisted, onAsk, onCopied, onCopy, onHave, retransmitToJoining } from './extension.js';
import { onForward, retransmit } from './link.js';
import { HIST_LOG } from './log.js';
import type { Entry, Message } from './messages.js';
import { adopt, heartbeat } from './reconfiguration.js';
import type { Rules } from './rules.js';
import { freshState, type ServerContext, type ServerState, type ServerTimer, type Setting } from './server-state.js';
import { onAck, onRequest, persisted } from './updates.js';

const FIRST_BOOT = 1;

export function chainServer(
  servers: readonly NodeId[],
  masters: readonly NodeId[],
  rules: Rules,
): Role<ServerState, Message> {
  const setting: Setting = { ...rules, masters };
  const beat = (server: ServerState, ctx: ServerContext): void => {
    heartbeat(server, ctx, setting);
  };
  return protocol<ServerState, Message, ServerTimer>({
    init(ctx) {
      const server = freshState(FIRST_BOOT, initialConfiguration(servers), []);
      const successor = servers[servers.indexOf(ctx.self) + 1];
      const { number } = server.configuration;
      server.incoming = { link: number, received: 0, resumeAt: 0 };
      if (successor !== undefined) server.outgoing = { to: successor, link: number, base: 0 };
      beat(server, ctx);
      return server;
    },

    /** Fail-stop servers do not come back (§3). This one does, as a stranger with an old Hist, and waits for orders. */
    recover(ctx) {
      const boot = (ctx.disk.get<number>('boot') ?? FIRST_BOOT) + 1;
      ctx.disk.set('boot', boot);
      ctx.disk.sync('booted');
      return freshState(boot, UNKNOWN, ctx.disk.read<Entry>(HIST_LOG));
    },

    on: {
      request: (server, { id, operation }, client, ctx) => {
        onRequest(server, { id, client, operation }, ctx, rules);
      },
      forward: (server, message, _from, ctx) => {
        onForward(server, message, ctx, rules);
      },
      ack: (server, message, _from, ctx) => {
        onAck(server, message, ctx);
      },
      ask: (server, message, from, ctx) => {
        onAsk(server, message, from, ctx);
      },
      have: (server, message, _from, ctx) => {
        onHave(server, message, ctx, setting);
      },
      copy: (server, message, _from, ctx) => {
        onCopy(server, message, ctx);
      },
      copied: (server, message, _from, ctx) => {
        onCopied(server, message, ctx, setting);
      },
      configure: (server, { boot, configuration }, _from, ctx) => {
        if (boot === server.boot) adopt(server, configuration, ctx, setting);
      },
      lease: (server, { boot, sentAt }) => {
        if (boot === server.boot) server.leasedFrom = Math.max(sentAt, server.leasedFrom ?? sentAt);
      },
    },

    timers: {
      heartbeat: beat,
      retransmit: (server, ctx) => {
        server.retransmitting = false;
        retransmit(server, ctx);
        retransmitToJoining(server, ctx);
      },
      persisted,
      copied: (server, ctx, link) => {
        copyPersisted(server, Number(link), ctx, setting);
      },
      booted: beat,
    },
  });
}
