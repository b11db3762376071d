/** What a server knows, with the paper's names where it has one (van Renesse and Schneider, OSDI 2004, §3). */
import type { Context, NodeId } from '../../framework/index.js';
import { headOf, tailOf, type Configuration } from './configuration.js';
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
export interface Outgoing {
  readonly to: NodeId;
  readonly link: number;
  readonly base: number;
}

/** The connection to a server that joins behind this one, which becomes the one to its successor. */
export interface Extension {
  readonly to: NodeId;
  readonly link: number;
  /** What it was given: its first `kept` updates, which it had, and those after them up to `end`; null until it has told. */
  copy: { readonly kept: number; readonly end: number } | null;
  /** How many updates of Hist it is known to have on disk; null until it has the copy. */
  received: number | null;
  /** The length of Hist when this server ceased to forward to its successor, or to serve as the tail; null before. */
  handedOver: number | null;
}

/** At a server that joins, until it has the copy: what came meanwhile. */
export interface JoiningState {
  copy: 'awaited' | 'syncing';
  readonly temporary: Entry[];
}

/** What happened at this server in its life, to see that it did. */
export interface Counts {
  /** Updates copied to it, unwritten because they were never processed by a tail, and kept in the temporary log for a while. */
  copied: number;
  unwritten: number;
  merged: number;
  /** How often it joined, and where. */
  joinedInTheMiddle: number;
  joinedAsTail: number;
}

export interface ServerState {
  /** Counts the lives of this server; on disk before it is first told to anybody. */
  readonly boot: number;
  configuration: Configuration;
  /** Hist: the updates that this server has processed, all of them on disk. */
  hist: Entry[];
  /** Updates accepted but not yet on disk, and how many of them the sync under way covers. */
  pending: Entry[];
  syncing: number;
  /** Sent: the end of Hist that is not known to have been processed by the tail. Empty at a tail that serves. */
  sent: Entry[];
  /** How many updates of Hist the tail is known to have processed. */
  committed: number;
  incoming: Incoming;
  outgoing: Outgoing | null;
  extension: Extension | null;
  joining: JoiningState | null;
  /** The sending time, by this server's clock, of the latest heartbeat that the master answered with a lease. */
  leasedFrom: number | null;
  /** The configuration in which this server became the head; meaningless at others. */
  headSince: number;
  /** Whether the retransmission timer runs. */
  retransmitting: boolean;
  readonly counts: Counts;
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
    extension: null,
    joining: null,
    leasedFrom: null,
    headSince: 0,
    retransmitting: false,
    counts: { copied: 0, unwritten: 0, merged: 0, joinedInTheMiddle: 0, joinedAsTail: 0 },
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

/** Whether it lets another server in behind it, and nobody else have anything new. */
export const isHandingOver = ({ extension }: ServerState): boolean =>
  extension !== null && extension.handedOver !== null;

/** True for the tail, unless it has ceased to serve in favour of T+. */
export const isServingTail = (server: ServerState, self: NodeId): boolean =>
  tailOf(server.configuration) === self && !isHandingOver(server);

/** Where Sent begins in Hist. */
export const sentFrom = ({ hist, sent }: ServerState): number => hist.length - sent.length;
