/**
 * What the master, the servers and the clients of a chain tell each other. Chain messages name the configuration that
 * they belong to, and the link (see `configuration.ts`), because detection by time-out makes servers disagree for a
 * while about who is in the chain (PROTOCOLS §1; the paper assumes fail-stop servers and needs neither).
 */
import type { NodeId } from '../../framework/index.js';
import type { ConsensusMessage } from '../consensus/index.js';
import type { KeyValueOperation } from '../specs/key-value.js';
import type { Configuration } from './configuration.js';
import type { Decision } from './decisions.js';

/** The part of the key-value store that the chain serves: `get` is the paper's query, the others are its updates. */
export type ChainOperation = Extract<KeyValueOperation, { kind: 'get' | 'put' | 'append' }>;

export type Value = string | number | boolean | null;

/**
 * One update in Hist. The head has done it already: what travels down the chain is its effect, so that replicas need not
 * be deterministic (§3: "the head computes the new value").
 */
export interface Entry {
  /** The client's request id: a retry has the same one. */
  readonly id: string;
  /** Who is to be answered. */
  readonly client: NodeId;
  /** The number of the configuration in which a head accepted it. */
  readonly number: number;
  readonly key: string;
  /** The key's value after this update. */
  readonly value: Value;
}

/** Between clients and servers. Updates go to the head, queries to the tail; replies come from the tail. */
export type ClientMessage =
  | { readonly kind: 'request'; readonly id: string; readonly operation: ChainOperation }
  | { readonly kind: 'reply'; readonly id: string; readonly result: Value }
  | { readonly kind: 'lookup' }
  | { readonly kind: 'chain'; readonly number: number; readonly head: NodeId; readonly tail: NodeId };

/** Between servers and the master. `boot` tells a server's lives apart: a restarted one must not obey old orders. */
export type MasterMessage =
  | {
      readonly kind: 'heartbeat';
      readonly boot: number;
      /** The server's own clock: a lease counts from here. */
      readonly sentAt: number;
      readonly number: number;
      /** The links that the server has made, and the length of its Hist when it made the incoming one. */
      readonly incoming: number;
      readonly resumeAt: number;
      readonly outgoing: number;
    }
  /** To the tail: your heartbeat of `sentAt` was heard, so you will not be declared dead for a while. */
  | { readonly kind: 'lease'; readonly boot: number; readonly sentAt: number }
  /** Fig. 3, messages 1 and 3: the successor learns its predecessor; the predecessor its successor, and sn. */
  | { readonly kind: 'configure'; readonly boot: number; readonly configuration: Configuration }
  /** Fig. 3, message 2: S+ has its new predecessor, and Hist of length `resumeAt` (sn). */
  | { readonly kind: 'linked'; readonly boot: number; readonly link: number; readonly resumeAt: number }
  /** The server that joins over `link` has all that its predecessor has let others have. */
  | { readonly kind: 'extended'; readonly boot: number; readonly link: number; readonly resumeAt: number };

/** Between neighbours. */
export type ChainMessage =
  /**
   * Updates `n`, `n` + 1, … of the link. Retransmitted until acknowledged and accepted in order only, which makes the
   * link the reliable FIFO one that the paper assumes. Without entries it asks where the successor stands.
   */
  | {
      readonly kind: 'forward';
      readonly number: number;
      readonly link: number;
      readonly n: number;
      readonly entries: readonly Entry[];
    }
  /** The tail has processed the first `committed` updates of Hist. */
  | { readonly kind: 'ack'; readonly number: number; readonly committed: number }
  /** To a server that joins: which updates have you? */
  | { readonly kind: 'ask'; readonly number: number; readonly link: number }
  /** Its Hist, told by the configurations in which the updates were accepted. */
  | { readonly kind: 'have'; readonly number: number; readonly link: number; readonly accepted: readonly Stretch[] }
  /**
   * To a server that joins: of what you have, only the first `kept` updates are in Hist; `entries` follow them. Of all these,
   * the tail is known to have processed `committed`.
   */
  | {
      readonly kind: 'copy';
      readonly number: number;
      readonly link: number;
      readonly kept: number;
      readonly committed: number;
      readonly entries: readonly Entry[];
    }
  /** From it: the copy and what came after it, `length` updates in all, are on disk. */
  | { readonly kind: 'copied'; readonly number: number; readonly link: number; readonly length: number };

/** Updates of a Hist that were accepted in one configuration, up to place `end`. */
export interface Stretch {
  readonly number: number;
  readonly end: number;
}

/** What masters agree on: a decision, and which life of each server it speaks of. */
export interface Command extends Decision {
  readonly lives: Readonly<Record<NodeId, number>>;
}

export type Message = ClientMessage | MasterMessage | ChainMessage | ConsensusMessage<Command>;

/** The master's name, if there is one only. */
export const MASTER: NodeId = 'master';
