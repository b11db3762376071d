/** What a server knows, with the paper's names where it has one (van Renesse and Schneider, OSDI 2004, §3). */
import type { Context, NodeId } from '../../framework/index.js';
import { headOf, successorOf, tailOf, type Configuration } from './configuration.js';
import type { Entry, MasterMessage, Message } from './messages.js';
import type { Rules } from './rules.js';

export type ServerTimer = 'heartbeat' | 'retransmit' | 'persisted' | 'copied' | 'booted';
export type ServerContext = Context<Message, ServerTimer>;

/** The connection from the predecessor. */
export interface Incoming {
  readonly link: number;
  /** How many of its updates were accepted, on disk or on the way there. */
  received: number;
  /** The length of Hist when the connection was made: sn. */
  readonly resumeAt: number;
}

/** The connection to the successor. Update number `n` on it is the one at place `base` + n - 1 of Hist. */
export type Outgoing =
  /** To the next server in the chain. */
  | { readonly kind: 'linked'; readonly to: NodeId; readonly link: number; readonly base: number }
  /** From T to T+, which is given a copy of the first `base` updates while T still serves. */
  | { readonly kind: 'copying'; readonly to: NodeId; readonly link: number; readonly base: number }
  /** T serves no longer. T+ has the copy, and is being sent the others, of which T processed `processed` as the tail. */
  | {
      readonly kind: 'handing-over';
      readonly to: NodeId;
      readonly link: number;
      readonly base: number;
      readonly processed: number;
    };

export interface ServerState {
  /** Counts the lives of this server; on disk before it is first told to anybody. */
  readonly boot: number;
  configuration: Configuration;
  /** Hist: the updates that this server has processed, all of them on disk. */
  hist: Entry[];
  /** Updates accepted but not yet on disk, and how many of them the sync under way covers. */
  pending: Entry[];
  syncing: number;
  /** Sent: the end of Hist that is not known to have been processed by the tail. Empty at a tail that nobody joins. */
  sent: Entry[];
  /** How many updates of Hist the tail is known to have processed. */
  committed: number;
  incoming: Incoming;
  outgoing: Outgoing | null;
  /** The sending time, by this server's clock, of the latest heartbeat that the master answered with a lease. */
  leasedFrom: number | null;
  /** The configuration in which this server became the head; meaningless at others. */
  headSince: number;
  /** Whether the retransmission timer runs. */
  retransmitting: boolean;
}

export function freshState(boot: number, configuration: Configuration, hist: Entry[]): ServerState {
  return {
    boot,
    configuration,
    hist,
    pending: [],
    syncing: 0,
    sent: [],
    committed: 0,
    incoming: { link: 0, received: 0, resumeAt: 0 },
    outgoing: null,
    leasedFrom: null,
    headSince: 0,
    retransmitting: false,
  };
}

/** The rules, and who are told what a master must know: the only one, or all those of whom one leads. */
export interface Setting extends Rules {
  readonly masters: readonly NodeId[];
}

export function tellMasters({ masters }: Setting, ctx: ServerContext, message: MasterMessage): void {
  for (const master of masters) ctx.send(master, message);
}

export const isHead = (server: ServerState, self: NodeId): boolean => headOf(server.configuration) === self;

/** True for the tail, unless it has ceased to serve in favour of T+. */
export const isServingTail = (server: ServerState, self: NodeId): boolean =>
  tailOf(server.configuration) === self && server.outgoing?.kind !== 'handing-over';

/** Whether what this server processes must be kept in Sent for somebody. */
export const hasSuccessor = (server: ServerState, self: NodeId): boolean =>
  successorOf(server.configuration, self) !== null;

/** Where Sent begins in Hist. */
export const sentFrom = ({ hist, sent }: ServerState): number => hist.length - sent.length;
