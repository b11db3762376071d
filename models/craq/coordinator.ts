/**
 * The coordination service (§5.3; the authors use ZooKeeper): it detects failures, by silence, and decides the chain. It
 * never fails, as the paper assumes of it; it may be cut off, and then suspects servers that live.
 */
import { protocol, type Context, type NodeId, type Role } from '../../framework/index.js';
import { initialConfiguration, memberOf, positionOf, type Configuration, type Member } from './configuration.js';
import type { CoordinatorMessage, Message } from './messages.js';
import { SUSPECT_MICROS } from './timing.js';

interface Watched {
  readonly server: NodeId;
  /** The latest of its lives that has been heard of. */
  boot: number;
}

/** Decisions so far, by what happened to the chain. */
export interface Decisions {
  headsLost: number;
  middlesLost: number;
  tailsLost: number;
  joinedAsHead: number;
  joinedInTheMiddle: number;
  joinedAsTail: number;
  synced: number;
}

export interface CoordinatorState {
  configuration: Configuration;
  /** All servers, in the order of the ring. */
  readonly servers: Watched[];
  readonly decisions: Decisions;
}

type CoordinatorContext = Context<Message, 'suspect'>;

export function craqCoordinator(servers: readonly NodeId[]): Role<CoordinatorState, Message> {
  return protocol<CoordinatorState, Message, 'suspect'>({
    init(ctx) {
      for (const server of servers) ctx.setTimer('suspect', SUSPECT_MICROS, server);
      return {
        configuration: initialConfiguration(servers),
        servers: servers.map((server) => ({ server, boot: 1 })),
        decisions: {
          headsLost: 0,
          middlesLost: 0,
          tailsLost: 0,
          joinedAsHead: 0,
          joinedInTheMiddle: 0,
          joinedAsTail: 0,
          synced: 0,
        },
      };
    },
    on: {
      heartbeat: onHeartbeat,
      lookup({ configuration: { number, chain } }, _message, from, ctx) {
        const readable = chain.filter(({ synced }) => synced).map(({ server }) => server);
        ctx.send(from, { kind: 'chain', number, servers: chain.map(({ server }) => server), readable });
      },
    },
    timers: { suspect: failed },
  });
}

function onHeartbeat(
  state: CoordinatorState,
  { boot, sentAt, number, synced }: Extract<CoordinatorMessage, { readonly kind: 'heartbeat' }>,
  from: NodeId,
  ctx: CoordinatorContext,
): void {
  const watched = state.servers.find(({ server }) => server === from);
  if (watched === undefined || boot < watched.boot) return;
  ctx.setTimer('suspect', SUSPECT_MICROS, from);
  const before = state.configuration.number;
  if (boot > watched.boot) {
    // It crashed and is back before the silence told.
    watched.boot = boot;
    failed(state, ctx, from);
  }
  const member = memberOf(state.configuration, from);
  if (member === undefined) join(state, from, ctx);
  else if (!member.synced && synced && number === state.configuration.number) admit(state, from, ctx);
  if (state.configuration.number > before) return; // It has just been told.
  if (number < state.configuration.number) configure(state, from, ctx);
  else ctx.send(from, { kind: 'lease', boot, sentAt });
}

/**
 * `server` is silent, or has restarted. The last synced member is never removed, because nobody else need have what was
 * acknowledged: it is waited for, and told again what it is.
 */
function failed(state: CoordinatorState, ctx: CoordinatorContext, server: NodeId): void {
  const { chain } = state.configuration;
  const member = memberOf(state.configuration, server);
  if (member === undefined) return;
  const isLast = member.synced && chain.filter(({ synced }) => synced).length === 1;
  if (isLast) {
    decide(state, chain, ctx);
    return;
  }
  const position = positionOf(state.configuration, server);
  if (position === 0) state.decisions.headsLost++;
  else if (position === chain.length - 1) state.decisions.tailsLost++;
  else state.decisions.middlesLost++;
  decide(
    state,
    chain.filter((one) => one !== member),
    ctx,
  );
}

/** Back to its place in the ring, with nothing yet. */
function join(state: CoordinatorState, server: NodeId, ctx: CoordinatorContext): void {
  const { chain, number } = state.configuration;
  const joined = state.servers.flatMap((one): Member[] => {
    if (one.server === server) return [{ server, since: number + 1, synced: false }];
    const member = chain.find((other) => other.server === one.server);
    return member === undefined ? [] : [member];
  });
  if (joined[0]?.server === server) state.decisions.joinedAsHead++;
  else if (joined[joined.length - 1]?.server === server) state.decisions.joinedAsTail++;
  else state.decisions.joinedInTheMiddle++;
  decide(state, joined, ctx);
}

/** It has everything: from the next configuration on it may be read, and be the last that is left. */
function admit(state: CoordinatorState, server: NodeId, ctx: CoordinatorContext): void {
  state.decisions.synced++;
  const { chain } = state.configuration;
  decide(
    state,
    chain.map((member) => (member.server === server ? { ...member, synced: true } : member)),
    ctx,
  );
}

function decide(state: CoordinatorState, chain: readonly Member[], ctx: CoordinatorContext): void {
  state.configuration = { number: state.configuration.number + 1, chain };
  for (const { server } of chain) configure(state, server, ctx);
}

function configure({ servers, configuration }: CoordinatorState, server: NodeId, ctx: CoordinatorContext): void {
  const boot = servers.find((watched) => watched.server === server)?.boot;
  if (boot !== undefined) ctx.send(server, { kind: 'configure', boot, configuration });
}
