/** The decisions on which safety rests, apart from the handlers so that a mutant can break one of them and no other. */
import type { NodeId } from '../../framework/index.js';
import type { Entry } from './messages.js';
import { LEASE_MICROS } from './timing.js';

export interface Rules {
  /**
   * Whether the head, looking for a request that it may have executed before, takes this update of its Hist for one it
   * remembers. Hist is replicated, so a new head knows what its predecessors executed (§2: Hist, and resent requests).
   */
  remembers(update: { readonly acceptedIn: number; readonly headSince: number }): boolean;

  /**
   * Where in Hist the updates begin that S- sends over a new connection. §3, failure of other servers: "the sequence of
   * requests in Sent(S-) not yet received by S+", that is, those after sn, before any newer update.
   */
  resumeFrom(connection: {
    /** The length of S+'s Hist. */
    readonly sn: number;
    /** Where Sent begins in S-'s Hist, and the length of the latter. */
    readonly sentFrom: number;
    readonly histLength: number;
  }): number;

  /**
   * How many of its updates a server keeps when it joins: those that its predecessor has too. What else it has, no tail has
   * ever processed, or its predecessor had it. Machi's repair, PROTOCOLS §4: force unwritten what the tail has not.
   */
  keeps(joining: { readonly told: number; readonly shared: number; readonly histLength: number }): number;

  /** Which updates of the temporary log follow the copy (FAWN §3.4.1: flush first, then the temporary log): all of them. */
  merges(temporary: readonly Entry[]): readonly Entry[];

  /**
   * Whether a server that joins may enter the chain: it has whatever its predecessor let others have, processed as the tail or
   * forwarded. §3, extending a chain: once Hist(T) = Hist(T+) ⊕ Sent(T), and Sent(T) is sent before clients are told.
   */
  isCaughtUp(extension: { readonly received: number; readonly handedOver: number }): boolean;

  /** Whether the tail may answer a query. The lease stands in for the paper's perfect failure detection. */
  mayAnswerQuery(lease: { readonly now: number; readonly heartbeatSentAt: number | null }): boolean;

  /** Whether a server takes updates that were forwarded in the given configuration. */
  acceptsFrom(configuration: { readonly own: number; readonly senders: number }): boolean;

  /**
   * Whether a server takes updates of a connection of which the first is number `first`, having accepted `received` of them.
   * §3 assumes FIFO links: nothing may be left out.
   */
  isInOrder(connection: { readonly first: number; readonly received: number }): boolean;

  /**
   * Whom the chain begins again with when its last member is silent: somebody who has all that was acknowledged. It is
   * waited for, if need be.
   */
  restartsFrom(chain: { readonly lastMember: NodeId; readonly alive: readonly NodeId[] }): NodeId;

  /**
   * Whether a replicated master may answer a heartbeat with a lease: a majority has confirmed that it leads, in a round that
   * began after the heartbeat had come.
   */
  mayGrantLease(rounds: { readonly round: number; readonly confirmed: number }): boolean;
}

export const rules: Rules = {
  remembers: () => true,
  resumeFrom: ({ sn }) => sn,
  keeps: ({ shared }) => shared,
  merges: (temporary) => temporary,
  isCaughtUp: ({ received, handedOver }) => received >= handedOver,
  mayAnswerQuery: ({ now, heartbeatSentAt }) => heartbeatSentAt !== null && now - heartbeatSentAt < LEASE_MICROS,
  acceptsFrom: ({ own, senders }) => own === senders,
  isInOrder: ({ first, received }) => first <= received + 1,
  restartsFrom: ({ lastMember }) => lastMember,
  mayGrantLease: ({ round, confirmed }) => confirmed >= round,
};
