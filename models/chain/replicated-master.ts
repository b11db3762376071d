/**
 * The master as the paper has it built: replicated, so that it may crash (§3 assumes one that never fails; the authors use
 * Paxos). Decisions are the same as those of one master, and commands in a log (../consensus). The leader makes them, one
 * at a time; a configuration counts once it is committed, and only then is anybody told.
 *
 * Leases stay safe when the leader changes, because a lease that any leader has granted is over when another one declares
 * its holder dead:
 * - A lease counts from when the heartbeat was sent, and it is granted only after a majority has confirmed the leader in a
 *   round that began later. So its sending is older than the election of any later leader.
 * - A new leader takes everybody in the chain for alive when it begins, and waits as long as one master would.
 * - No leader grants anything while a decision of its own is under way, which may be committed without its knowing; and what
 *   earlier leaders may have decided is applied before it begins, with the first entry of its term.
 */
import { protocol, type Context, type NodeId, type Role } from '../../framework/index.js';
import {
  confirmedRound,
  consensusHandlers,
  consensusRules,
  freshConsensus,
  propose,
  recoveredConsensus,
  start,
  startConfirmation,
  takeCommitted,
  type Consensus,
  type ConsensusTimer,
} from '../consensus/index.js';
import { initialConfiguration, positionOf, tailOf, type Configuration } from './configuration.js';
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
import { tellClient } from './master.js';
import type { Command, MasterMessage, Message } from './messages.js';
import type { Rules } from './rules.js';
import { SUSPECT_MICROS } from './timing.js';

/** A heartbeat that will be answered by a lease if a majority confirms that this master still led when it came. */
interface Grant {
  readonly to: NodeId;
  readonly boot: number;
  readonly sentAt: number;
  readonly round: number;
}

/** What only the leader has, and only in its term. */
interface Leading {
  readonly term: number;
  readonly servers: Watched[];
  /** The index of the decision that is under way. */
  deciding: number | null;
  grants: Grant[];
}

export interface ReplicatedMasterState {
  readonly consensus: Consensus<Command>;
  /** What the committed decisions come to: the chain, and the lives of the servers that it speaks of. */
  configuration: Configuration;
  lives: Readonly<Record<NodeId, number>>;
  leading: Leading | null;
}

type MasterTimer = ConsensusTimer | 'suspect';
type MasterContext = Context<Message, MasterTimer>;
type Act = (master: ReplicatedMasterState, leading: Leading, from: NodeId, ctx: MasterContext) => void;

export function replicatedMaster(
  masters: readonly NodeId[],
  servers: readonly NodeId[],
  rules: Rules,
): Role<ReplicatedMasterState, Message> {
  const boot = (consensus: Consensus<Command>, ctx: MasterContext): ReplicatedMasterState => {
    start(ctx);
    const lives = Object.fromEntries(servers.map((server) => [server, 1]));
    return { consensus, configuration: initialConfiguration(servers), lives, leading: null };
  };
  const consensus = consensusHandlers<ReplicatedMasterState, Command, MasterContext>({
    part: (master) => master.consensus,
    after: (master, ctx) => {
      settle(master, { ctx, rules, servers });
    },
    rules: consensusRules,
  });
  /** What is told to all masters is for the one that leads. */
  const lead = (master: ReplicatedMasterState, from: NodeId, ctx: MasterContext, act: Act): void => {
    if (master.leading === null) return;
    act(master, master.leading, from, ctx);
    settle(master, { ctx, rules, servers });
  };
  return protocol<ReplicatedMasterState, Message, MasterTimer>({
    init: (ctx) => boot(freshConsensus(masters), ctx),
    recover: (ctx) => boot(recoveredConsensus(masters, ctx), ctx),
    on: {
      ...consensus.on,
      heartbeat: (master, message, sender, ctx) => {
        lead(master, sender, ctx, (_, leading, from) => {
          onHeartbeat(master, leading, message, { from, ctx, rules });
        });
      },
      linked: (master, { boot: life, link, resumeAt }, sender, ctx) => {
        lead(master, sender, ctx, (_, leading, from) => {
          if (watchedServer(leading, from)?.boot === life)
            decide(master, leading, resumed(viewOf(master, leading), from, { link, resumeAt }), ctx);
        });
      },
      extended: (master, { boot: life, link, resumeAt }, sender, ctx) => {
        lead(master, sender, ctx, (_, leading, from) => {
          if (watchedServer(leading, from)?.boot === life)
            decide(master, leading, extended(viewOf(master, leading), { link, resumeAt }), ctx);
        });
      },
      /** A master that does not lead may know an older chain. Clients keep the newest that they hear of. */
      lookup: (master, _message, client, ctx) => {
        tellClient(master.configuration, client, ctx);
      },
    },
    timers: {
      ...consensus.timers,
      suspect: (master, ctx, server) => {
        lead(master, server, ctx, (_, leading) => {
          const watched = watchedServer(leading, server);
          if (watched !== undefined) watched.alive = false;
          review(master, leading, { ctx, rules });
        });
      },
    },
    controls: { campaign: consensus.timers.election },
  });
}

const viewOf = ({ configuration }: ReplicatedMasterState, { servers }: Leading) => ({ configuration, servers });

function onHeartbeat(
  master: ReplicatedMasterState,
  leading: Leading,
  message: Extract<MasterMessage, { kind: 'heartbeat' }>,
  { from, ctx, rules }: { readonly from: NodeId; readonly ctx: MasterContext; readonly rules: Rules },
): void {
  const { boot, incoming, resumeAt, sentAt } = message;
  const watched = watchedServer(leading, from);
  if (watched === undefined || boot < watched.boot) return;
  ctx.setTimer('suspect', SUSPECT_MICROS, from);
  watched.alive = true;
  if (boot > watched.boot) watched.boot = boot;
  else decide(master, leading, resumed(viewOf(master, leading), from, { link: incoming, resumeAt }), ctx);
  review(master, leading, { ctx, rules });
  if (!isUpToDate(master.configuration, from, message)) configure(master, from, ctx);
  else if (leading.deciding === null && tailOf(master.configuration) === from)
    leading.grants.push({ to: from, boot, sentAt, round: startConfirmation(master.consensus, ctx) });
}

/** Decides whatever is to be decided next, if nothing is under way: who is silent, who has restarted, who is outside. */
function review(
  master: ReplicatedMasterState,
  leading: Leading,
  { ctx, rules }: { readonly ctx: MasterContext; readonly rules: Rules },
): void {
  const view = viewOf(master, leading);
  for (const { server, boot, alive } of leading.servers)
    if (!alive || boot > (master.lives[server] ?? 0)) decide(master, leading, withoutFailed(view, server), ctx);
  decide(master, leading, begunAgain(view, rules), ctx);
  decide(master, leading, extending(view), ctx);
}

/** Proposes a decision. With another one under way it would build on what is not certain yet, and is made again later. */
function decide(master: ReplicatedMasterState, leading: Leading, decision: Decision | null, ctx: MasterContext): void {
  if (decision === null || leading.deciding !== null) return;
  const lives = Object.fromEntries(leading.servers.map(({ server, boot }) => [server, boot]));
  leading.deciding = propose(master.consensus, { ...decision, lives }, { ctx, rules: consensusRules });
}

/**
 * Orders `server` to take its place, in the life for which that was decided. Of a later one the leader may have heard
 * already: that life has no place before it is decided that the earlier one has left.
 */
function configure({ lives, configuration }: ReplicatedMasterState, server: NodeId, ctx: MasterContext): void {
  const boot = lives[server];
  if (boot !== undefined) ctx.send(server, { kind: 'configure', boot, configuration });
}

/** Applies what is committed, takes or gives up the lead, and grants the leases that are confirmed. */
function settle(
  master: ReplicatedMasterState,
  { ctx, rules, servers }: { readonly ctx: MasterContext; readonly rules: Rules; readonly servers: readonly NodeId[] },
): void {
  const { consensus } = master;
  if (consensus.role !== 'leader' || master.leading?.term !== consensus.term) master.leading = null;
  const { leading } = master;
  for (const { index, command } of takeCommitted(consensus)) {
    master.configuration = command.configuration;
    master.lives = command.lives;
    if (leading?.deciding !== index) continue;
    leading.deciding = null;
    for (const server of command.tell) configure(master, server, ctx);
    review(master, leading, { ctx, rules });
  }
  if (leading !== null) grant(master, leading, { ctx, rules });
  else if (consensus.role === 'leader' && consensus.taken >= consensus.termStart) takeLead(master, servers, ctx);
}

/** Nobody is known to be silent yet, and nobody outside the chain to be there. */
function takeLead(master: ReplicatedMasterState, servers: readonly NodeId[], ctx: MasterContext): void {
  const { configuration, lives, consensus } = master;
  const isIn = (server: NodeId): boolean =>
    positionOf(configuration, server) >= 0 || configuration.joining?.server === server;
  const watched = servers.map((server) => ({ server, boot: lives[server] ?? 1, alive: isIn(server) }));
  master.leading = { term: consensus.term, servers: watched, deciding: null, grants: [] };
  for (const server of servers) ctx.setTimer('suspect', SUSPECT_MICROS, server);
}

function grant(
  { consensus, configuration }: ReplicatedMasterState,
  leading: Leading,
  { ctx, rules }: { readonly ctx: MasterContext; readonly rules: Rules },
): void {
  if (leading.grants.length === 0) return;
  const confirmed = confirmedRound(consensus, ctx.self);
  const mayGrant = ({ round }: Grant): boolean => rules.mayGrantLease({ round, confirmed });
  for (const one of leading.grants)
    if (mayGrant(one) && leading.deciding === null && tailOf(configuration) === one.to)
      ctx.send(one.to, { kind: 'lease', boot: one.boot, sentAt: one.sentAt });
  leading.grants = leading.grants.filter((one) => !mayGrant(one));
}
