/** A server of the replicated store: the leader takes requests, all apply what is committed. */
import { protocol, type Context, type NodeId, type Role } from '../../framework/index.js';
import {
  confirmedRound,
  consensusHandlers,
  freshConsensus,
  propose,
  readIndex,
  recoveredConsensus,
  start,
  startConfirmation,
  takeCommitted,
  type Consensus,
  type ConsensusTimer,
} from '../consensus/index.js';
import { apply, emptyMachine, isExecuted, type Machine } from './machine.js';
import type { Command, Message } from './messages.js';
import type { Rules } from './rules.js';

/** A `get` that waits until this leader is confirmed and has applied what may have been committed before it was asked. */
interface Read {
  readonly client: NodeId;
  readonly session: string;
  readonly serial: number;
  readonly key: string;
  readonly index: number;
  readonly round: number;
}

export interface ServerState {
  readonly consensus: Consensus<Command>;
  readonly machine: Machine;
  reads: Read[];
  /** The term for which the reads wait. */
  readsTerm: number;
}

type ServerContext = Context<Message, ConsensusTimer>;

export function raftServer(members: readonly NodeId[], rules: Rules): Role<ServerState, Message> {
  const boot = (consensus: Consensus<Command>, ctx: ServerContext): ServerState => {
    start(ctx);
    return { consensus, machine: emptyMachine(), reads: [], readsTerm: 0 };
  };
  const consensus = consensusHandlers<ServerState, Command, ServerContext>({
    part: (server) => server.consensus,
    after: (server, ctx) => {
      settle(server, ctx, rules);
    },
    rules,
  });
  return protocol<ServerState, Message, ConsensusTimer>({
    init: (ctx) => boot(freshConsensus(members), ctx),
    recover: (ctx) => boot(recoveredConsensus(members, ctx), ctx),
    on: {
      ...consensus.on,
      request: (server, message, client, ctx) => {
        onRequest(server, message, { client, ctx, rules });
        settle(server, ctx, rules);
      },
    },
    timers: consensus.timers,
    /** An election may begin at any time: because a clock is fast, or to move the leader (TimeoutNow, §3.10 of the thesis). */
    controls: { campaign: consensus.timers.election },
  });
}

function onRequest(
  server: ServerState,
  { session, serial, operation }: Extract<Message, { kind: 'request' }>,
  { client, ctx, rules }: { readonly client: NodeId; readonly ctx: ServerContext; readonly rules: Rules },
): void {
  const { consensus, machine, reads } = server;
  if (consensus.role !== 'leader') {
    ctx.send(client, { kind: 'redirect', session, serial, leader: consensus.leader });
  } else if (operation.kind === 'get') {
    const { key } = operation;
    const round = startConfirmation(consensus, ctx);
    reads.push({ client, session, serial, key, index: readIndex(consensus), round });
    server.readsTerm = consensus.term;
  } else if (isExecuted(machine, session, serial)) {
    // The answer was lost. What is applied is committed, so even a deposed leader may say so.
    ctx.send(client, { kind: 'reply', session, serial, result: null });
  } else propose(consensus, { session, serial, client, update: operation }, { ctx, rules });
}

/** Applies what is committed, answers it if this is the leader, and serves the reads that may be served. */
function settle(server: ServerState, ctx: ServerContext, rules: Rules): void {
  const { consensus, machine } = server;
  for (const { command } of takeCommitted(consensus)) {
    apply(machine, command, rules);
    const { client, session, serial } = command;
    if (consensus.role === 'leader') ctx.send(client, { kind: 'reply', session, serial, result: null });
  }
  // Whoever leads no longer leaves its reads to be asked again.
  if (consensus.role !== 'leader' || consensus.term !== server.readsTerm) server.reads = [];
  if (server.reads.length === 0) return;
  const confirmed = confirmedRound(consensus, ctx.self);
  const mayServe = ({ index, round }: Read): boolean =>
    consensus.taken >= index && rules.isConfirmed({ round, confirmed });
  for (const read of server.reads) {
    const { client, session, serial, key } = read;
    if (mayServe(read)) ctx.send(client, { kind: 'reply', session, serial, result: machine.store[key] ?? null });
  }
  server.reads = server.reads.filter((read) => !mayServe(read));
}
