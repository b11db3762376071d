/**
 * The master (§3): detects failures, by silence, and decides the chain. It never fails, as the paper assumes of it; it
 * may be cut off, and then suspects servers that live. Whatever it decides gets a new number, and is repeated to
 * whoever shows in a heartbeat not to have it.
 */
import { protocol, type Context, type NodeId, type Role } from '../../framework/index.js';
import { headOf, initialConfiguration, positionOf, tailOf, without } from './configuration.js';
import type { Configuration, Member } from './configuration.js';
import type { MasterMessage, Message } from './messages.js';
import type { Rules } from './rules.js';
import { SUSPECT_MICROS } from './timing.js';

interface Watched {
  readonly server: NodeId;
  /** The latest of its lives that has been heard of. */
  boot: number;
  /** Heard of within the last `SUSPECT_MICROS`. */
  alive: boolean;
}

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
        if (watchedServer(master, from)?.boot === boot) learnResumption(master, from, { link, resumeAt }, ctx);
      },
      extended(master, { boot, link, resumeAt }, from, ctx) {
        const { chain, joining } = master.configuration;
        if (watchedServer(master, from)?.boot !== boot || joining?.link !== link) return;
        reconfigure(master, { chain: [...chain, { ...joining, resumeAt }], failed: null }, ctx);
      },
      lookup(master, _message, from, ctx) {
        const { number } = master.configuration;
        const [head, tail] = [headOf(master.configuration), tailOf(master.configuration)];
        if (head !== undefined && tail !== undefined) ctx.send(from, { kind: 'chain', number, head, tail });
      },
    },
    timers: {
      suspect(master, ctx, server) {
        const watched = watchedServer(master, server);
        if (watched === undefined) return;
        watched.alive = false;
        failed(master, server, ctx);
        restart(master, ctx, rules);
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
    failed(master, from, ctx);
  } else learnResumption(master, from, { link: incoming, resumeAt }, ctx);
  restart(master, ctx, rules);
  const { chain, joining } = master.configuration;
  if (joining === null && positionOf(master.configuration, from) < 0) reconfigure(master, { chain, failed: null }, ctx);
  if (master.configuration.number > number) return; // It has just been told.
  if (!isUpToDate(master.configuration, from, message)) configure(master, from, ctx);
  else if (tailOf(master.configuration) === from) ctx.send(from, { kind: 'lease', boot, sentAt });
}

const watchedServer = (master: MasterState, name: NodeId): Watched | undefined =>
  master.servers.find(({ server }) => server === name);

/**
 * `server` is silent, or has restarted. The last server of the chain is never removed, because nobody else need have
 * what was acknowledged: it is waited for.
 */
function failed(master: MasterState, server: NodeId, ctx: MasterContext): void {
  const { number, chain, joining } = master.configuration;
  const isMember = positionOf(master.configuration, server) >= 0;
  if (isMember && chain.length > 1)
    reconfigure(master, { chain: without(chain, server, number + 1), failed: server }, ctx);
  else if (joining?.server === server || (isMember && watchedServer(master, server)?.alive === true))
    reconfigure(master, { chain, failed: server }, ctx);
}

/** The last member is silent: the chain begins again with whoever the rule says, which is that member. */
function restart(master: MasterState, ctx: MasterContext, rules: Rules): void {
  const { chain, number } = master.configuration;
  const [last, other] = chain;
  if (last === undefined || other !== undefined || watchedServer(master, last.server)?.alive === true) return;
  const alive = master.servers.filter((one) => one.alive).map(({ server }) => server);
  const first = rules.restartsFrom({ lastMember: last.server, alive });
  if (first === last.server) return;
  const member = { server: first, link: number + 1, resumeAt: 0 };
  reconfigure(master, { chain: [member], failed: last.server }, ctx);
}

/** Decides the next configuration, and goes on extending it, or begins to, if a live server is outside. */
function reconfigure(
  master: MasterState,
  next: { readonly chain: readonly Member[]; readonly failed: NodeId | null },
  ctx: MasterContext,
): void {
  const before = master.configuration;
  const { chain } = next;
  const number = before.number + 1;
  const configuration = { number, chain, joining: null };
  const { joining } = before;
  const sameTail = tailOf(configuration) === tailOf(before) && tailOf(before) !== next.failed;
  master.configuration =
    joining !== null && sameTail && joining.server !== next.failed
      ? { ...configuration, joining }
      : { ...configuration, joining: candidate(master, configuration) };
  for (const { server } of chain) configure(master, server, ctx);
  if (master.configuration.joining !== null) configure(master, master.configuration.joining.server, ctx);
}

/** A live server outside the chain, as T+ over a new connection. */
function candidate({ servers }: MasterState, configuration: Configuration): Member | null {
  const outside = servers.find(({ server, alive }) => alive && positionOf(configuration, server) < 0);
  return outside === undefined ? null : { server: outside.server, link: configuration.number, resumeAt: null };
}

/** Fig. 3, messages 2 and 3: S+ has told sn, and S- is told. */
function learnResumption(
  master: MasterState,
  from: NodeId,
  { link, resumeAt }: { readonly link: number; readonly resumeAt: number },
  ctx: MasterContext,
): void {
  const { configuration } = master;
  const position = positionOf(configuration, from);
  const member = configuration.chain[position];
  if (member?.link !== link || member.resumeAt !== null) return;
  const chain = configuration.chain.map((other) => (other.server === from ? { ...other, resumeAt } : other));
  master.configuration = { ...configuration, chain };
  const predecessor = chain[position - 1];
  if (predecessor !== undefined) configure(master, predecessor.server, ctx);
}

/** Whether the sender of a heartbeat has the configuration, and the connection to its successor. */
function isUpToDate(
  configuration: Configuration,
  server: NodeId,
  { number, outgoing }: { readonly number: number; readonly outgoing: number },
): boolean {
  if (number < configuration.number) return false;
  const position = positionOf(configuration, server);
  const successor = position < 0 ? undefined : configuration.chain[position + 1];
  return successor === undefined || successor.resumeAt === null || successor.link === outgoing;
}

function configure({ servers, configuration }: MasterState, server: NodeId, ctx: MasterContext): void {
  const boot = servers.find((watched) => watched.server === server)?.boot;
  if (boot !== undefined) ctx.send(server, { kind: 'configure', boot, configuration });
}
