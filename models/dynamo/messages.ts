/** What clients ask and are told, and what nodes tell each other. */
import type { NodeId } from '../../framework/index.js';
import type { CausalContext, Dot } from '../causality/causal-context.js';
import type { Path } from './merkle-tree.js';
import type { StoredObject } from './versions.js';

/** A `put` or a `delete` replaces what its client had last read of the key, and nothing else. */
export type Operation =
  | { readonly kind: 'get'; readonly key: string }
  | { readonly kind: 'put'; readonly key: string; readonly value: number }
  | { readonly kind: 'delete'; readonly key: string };

/** The answer to a `get`: siblings, if there are several, and what to write after. */
export interface Found {
  readonly siblings: readonly { readonly dot: Dot; readonly value: number }[];
  readonly seen: CausalContext;
}

/** The answer to a write: its name, and what it has replaced. */
export interface Written {
  readonly dot: Dot;
  readonly follows: CausalContext;
}

export type ClientMessage =
  | { readonly kind: 'get'; readonly id: string; readonly key: string }
  | {
      readonly kind: 'put';
      readonly id: string;
      readonly key: string;
      /** Null deletes. */
      readonly value: number | null;
      readonly follows: CausalContext;
    }
  | { readonly kind: 'found'; readonly id: string; readonly found: Found }
  | { readonly kind: 'written'; readonly id: string; readonly written: Written };

/** `round` is what a coordinator knows its requests by; null asks for no answer. */
export type NodeMessage =
  | {
      readonly kind: 'store';
      readonly round: number | null;
      readonly key: string;
      readonly object: StoredObject;
      /** Whom it is kept for, if not for the node itself. */
      readonly hint: NodeId | null;
    }
  | { readonly kind: 'stored'; readonly round: number }
  | { readonly kind: 'fetch'; readonly round: number; readonly key: string }
  | { readonly kind: 'fetched'; readonly round: number; readonly object: StoredObject }
  /** A hint is delivered; it is deleted when it has arrived. */
  | { readonly kind: 'handoff'; readonly hint: number; readonly key: string; readonly object: StoredObject }
  | { readonly kind: 'handedOver'; readonly hint: number }
  /** The sender's hash of what lies below `path`, of the keys that both nodes have. */
  | { readonly kind: 'compare'; readonly path: Path; readonly hash: number }
  /** All that lies below a leaf. It is answered with what the sender lacked. */
  | {
      readonly kind: 'exchange';
      readonly path: Path;
      readonly objects: readonly (readonly [string, StoredObject])[];
    };

export type Message = ClientMessage | NodeMessage;
