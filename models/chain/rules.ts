/** The decisions on which safety rests, apart from the handlers so that a mutant can break one of them and no other. */
import type { NodeId } from '../../framework/index.js';
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
   * Whether T+ may become the tail: it has received whatever T processed as the tail. §3, extending a chain: once
   * Hist(T) = Hist(T+) ⊕ Sent(T), and Sent(T) is sent before clients are told of the new tail.
   */
  isCaughtUp(extension: { readonly receivedByNewTail: number; readonly processedByOldTail: number }): boolean;

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
  isCaughtUp: ({ receivedByNewTail, processedByOldTail }) => receivedByNewTail >= processedByOldTail,
  mayAnswerQuery: ({ now, heartbeatSentAt }) => heartbeatSentAt !== null && now - heartbeatSentAt < LEASE_MICROS,
  acceptsFrom: ({ own, senders }) => own === senders,
  isInOrder: ({ first, received }) => first <= received + 1,
  restartsFrom: ({ lastMember }) => lastMember,
  mayGrantLease: ({ round, confirmed }) => confirmed >= round,
};
