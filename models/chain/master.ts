/**
 * The master (§3): detects failures, by silence, and decides the chain. This one never fails, as the paper assumes of it; it
 * may be cut off, and then suspects servers that live. Whatever it decides gets a new number, and is repeated to
 * whoever shows in a heartbeat not to have it.
 */
import { protocol, type Context, type NodeId, type Role } from '../../framework/index.js';
import { headOf, initialConfiguration, positionOf, tailOf, type Configuration } from './configuration.js';
import {
  begunAgain,
  extended,
  extending,
  isUpToDate,
  resumed,
  watchedServer,
  withoutFailed,
  type Decision,
  type Watched,
} from './decisions.js';
import type { MasterMessage, Message } from './messages.js';
import type { Rules } from './rules.js';
import { SUSPECT_MICROS } from './timing.js';

export interface MasterState {
  configuration: Configuration;
  readonly servers: Watched[];
}

type MasterContext = Context<Message, 'suspect'>;

export function chainMaster(servers: readonly NodeId[], rules: Rules): Role<MasterState, Message> {
  return protocol<MasterState, Message, 'suspect'>({
    init(ctx) {
      for (const server of servers) ctx.setTimer('suspect', SUSPECT_MICROS, server);
      const watched = servers.map((server) => ({ server, boot: 1, alive: true }));
      return { configuration: initialConfiguration(servers), servers: watched };
    },
    on: {
      heartbeat: (master, message, from, ctx) => {
        onHeartbeat(master, message, { from, ctx, rules });
      },
      linked(master, { boot, link, resumeAt }, from, ctx) {
        if (watchedServer(master, from)?.boot === boot) decide(master, resumed(master, from, { link, resumeAt }), ctx);
      },
      extended(master, { boot, link, resumeAt }, from, ctx) {
        if (watchedServer(master, from)?.boot === boot) decide(master, extended(master, { link, resumeAt }), ctx);
      },
      lookup(master, _message, from, ctx) {
        tellClient(master.configuration, from, ctx);
      },
    },
    timers: {
      suspect(master, ctx, server) {
        const watched = watchedServer(master, server);
        if (watched === undefined) return;
        watched.alive = false;
        decide(master, withoutFailed(master, server), ctx);
        decide(master, begunAgain(master, rules), ctx);
      },
    },
  });
}

function onHeartbeat(
  master: MasterState,
  message: Extract<MasterMessage, { kind: 'heartbeat' }>,
  { from, ctx, rules }: { readonly from: NodeId; readonly ctx: MasterContext; readonly rules: Rules },
): void {
  const { boot, incoming, resumeAt, sentAt } = message;
  const watched = watchedServer(master, from);
  if (watched === undefined || boot < watched.boot) return;
  ctx.setTimer('suspect', SUSPECT_MICROS, from);
  watched.alive = true;
  const { number } = master.configuration;
  if (boot > watched.boot) {
    // It crashed and is back before the silence told. What it was in the chain, it is no longer.
    watched.boot = boot;
    decide(master, withoutFailed(master, from), ctx);
  } else decide(master, resumed(master, from, { link: incoming, resumeAt }), ctx);
  decide(master, begunAgain(master, rules), ctx);
  if (positionOf(master.configuration, from) < 0) decide(master, extending(master), ctx);
  if (master.configuration.number > number) return; // It has just been told.
  if (!isUpToDate(master.configuration, from, message)) configure(master, from, ctx);
  else if (tailOf(master.configuration) === from) ctx.send(from, { kind: 'lease', boot, sentAt });
}

function decide(master: MasterState, decision: Decision | null, ctx: MasterContext): void {
  if (decision === null) return;
  master.configuration = decision.configuration;
  for (const server of decision.tell) configure(master, server, ctx);
}

/** Orders `server` to take its place, in the life in which it was last heard of. */
function configure(master: MasterState, server: NodeId, ctx: MasterContext): void {
  const boot = watchedServer(master, server)?.boot;
  if (boot !== undefined) ctx.send(server, { kind: 'configure', boot, configuration: master.configuration });
}

export function tellClient(configuration: Configuration, client: NodeId, ctx: Pick<MasterContext, 'send'>): void {
  const { number } = configuration;
  const [head, tail] = [headOf(configuration), tailOf(configuration)];
  if (head !== undefined && tail !== undefined) ctx.send(client, { kind: 'chain', number, head, tail });
}
