/** What clients, nodes and the manager tell each other. */
import type { NodeId } from '../../framework/index.js';
import type { KeyValueOperation } from '../specs/key-value.js';
import type { Configuration } from './chains.js';

export type Operation = Extract<KeyValueOperation, { kind: 'get' | 'put' }>;
export type Value = Extract<KeyValueOperation, { kind: 'put' }>['value'];

/** A put in the log. */
export interface Entry {
  /** Its number in the arc, from 1: the head's choice. */
  readonly seq: number;
  readonly id: string;
  readonly client: NodeId;
  readonly key: string;
  readonly value: Value;
}

interface OfChain {
  readonly arc: number;
  readonly epoch: number;
}

type ClientMessage =
  | { readonly kind: 'put'; readonly id: string; readonly key: string; readonly value: Value }
  /** `client` asks; a tail that is joining passes it on. */
  | { readonly kind: 'get'; readonly id: string; readonly key: string; readonly client: NodeId }
  | { readonly kind: 'reply'; readonly id: string; readonly result: Value }
  | { readonly kind: 'lookup' }
  | { readonly kind: 'ring'; readonly configuration: Configuration };

/** Between nodes and the manager. `boot` tells a node's lives apart. */
type ManagerMessage =
  | { readonly kind: 'heartbeat'; readonly boot: number; readonly number: number; readonly sentAt: number }
  /** Your heartbeat of `sentAt` was heard, so you will not be dropped for a while. */
  | { readonly kind: 'lease'; readonly boot: number; readonly sentAt: number }
  | { readonly kind: 'configure'; readonly boot: number; readonly configuration: Configuration }
  /** From whoever joins: phase 1 is over, with so much of the log; or all is merged. */
  | (OfChain & { readonly kind: 'precopied'; readonly boot: number; readonly length: number })
  | (OfChain & { readonly kind: 'merged'; readonly boot: number })
  /** From a former tail, to the members too: it answers no more gets. */
  | (OfChain & { readonly kind: 'yielded' });

/** Between the nodes of a chain. */
type ChainMessage =
  /** Puts in order, beginning after number `after`. `point`: the membership message, see `membership.ts`. */
  | (OfChain & {
      readonly kind: 'forward';
      readonly after: number;
      readonly entries: readonly Entry[];
      readonly point: number | null;
    })
  /** From the tail to all: puts up to this number are done. */
  | (OfChain & { readonly kind: 'ack'; readonly upTo: number })
  /** Phase 1: the tail's log. */
  | (OfChain & { readonly kind: 'pre-copy'; readonly entries: readonly Entry[] })
  /** Phase 2: what the old tail has had between phase 1 and the membership message. */
  | (OfChain & { readonly kind: 'flush'; readonly point: number; readonly entries: readonly Entry[] });

export type Message = ClientMessage | ManagerMessage | ChainMessage;
export type MessageOf<K extends Message['kind']> = Extract<Message, { readonly kind: K }>;

export const MANAGER: NodeId = 'manager';
