/**
 * What clients, storage units, the sequencer and the auxiliary tell each other. Every request to a unit or to the sequencer
 * carries the epoch of its sender's projection, and is refused if that is over. `round` matches answers to requests.
 */
import type { NodeId } from '../../framework/index.js';
import type { Projection } from './projection.js';

export type Operation =
  | { readonly kind: 'append'; readonly value: string | number }
  | { readonly kind: 'read'; readonly position: number }
  /** At the position after the last one that this client knows to be taken: is there anything new? */
  | { readonly kind: 'follow' }
  | { readonly kind: 'fill'; readonly position: number }
  | { readonly kind: 'trim'; readonly position: number }
  /** The position after the last one that was given to anybody. */
  | { readonly kind: 'tail' }
  /** All positions below the tail, holes filled. */
  | { readonly kind: 'scan' };

/** What is at a position: written once; a trimmed page stays trimmed. */
export type Page =
  /** `nonce` tells the records of two clients apart that look alike. */
  | { readonly kind: 'data'; readonly value: string | number; readonly nonce: string }
  | { readonly kind: 'junk' }
  | { readonly kind: 'trimmed' };

/** What operations return. */
export interface Appended {
  readonly position: number;
}
export interface Found {
  readonly position: number;
  readonly page: Page | null;
  /** At how many units the page was completed. */
  readonly copied: number;
}
export interface Scanned {
  readonly pages: readonly Page[];
}

/** To storage units. */
type UnitRequest = { readonly epoch: number; readonly round: number } & (
  | { readonly kind: 'write'; readonly position: number; readonly page: Page }
  | { readonly kind: 'look'; readonly position: number }
  | { readonly kind: 'length' }
  | { readonly kind: 'fetch' }
  /** From the unit that is being repaired: some pages from position `from` on. */
  | { readonly kind: 'copy'; readonly from: number }
);

/** From storage units. */
type UnitAnswer = { readonly round: number } &
  /** To `write`: the page that is at the position now, which may be somebody else's. */
  (
    | { readonly kind: 'stored'; readonly page: Page }
    | { readonly kind: 'looked'; readonly page: Page | null }
    | { readonly kind: 'longest'; readonly length: number }
    | { readonly kind: 'pages'; readonly pages: readonly (Page | null)[] }
    /** `length` is how many positions the source has. */
    | {
        readonly kind: 'batch';
        readonly epoch: number;
        readonly from: number;
        readonly pages: readonly (Page | null)[];
        readonly length: number;
      }
  );

/** To storage units and sequencers, and back: from now on, nothing older than `epoch`. */
type Sealing =
  | { readonly kind: 'seal'; readonly epoch: number; readonly round: number }
  /** From a unit: the position after the last one that it has. */
  | { readonly kind: 'sealed'; readonly epoch: number; readonly round: number; readonly tail: number }
  /** From a sequencer, which forgets everything when it crashes: `life` is another one then. */
  | { readonly kind: 'stopped'; readonly epoch: number; readonly round: number; readonly life: number }
  /** The epoch of a request is over, or there is no projection with its answerer yet. */
  | { readonly kind: 'refused'; readonly round: number; readonly epoch: number };

/** To and from the sequencer. */
type Sequencing =
  | {
      readonly kind: 'token';
      readonly epoch: number;
      readonly round: number;
      readonly life: number;
      /** Where the epoch begins, by its projection. */
      readonly start: number;
      /** Whether to take the position, or only to ask. */
      readonly take: boolean;
    }
  | { readonly kind: 'position'; readonly round: number; readonly position: number };

/** To and from the auxiliary, where each epoch's projection is written once. */
type Layout =
  | { readonly kind: 'layout'; readonly round: number }
  | { readonly kind: 'propose'; readonly round: number; readonly projection: Projection }
  /** The newest projection, whoever proposed it. */
  | { readonly kind: 'projection'; readonly round: number; readonly projection: Projection };

export type Message = UnitRequest | UnitAnswer | Sealing | Sequencing | Layout;

export const AUXILIARY: NodeId = 'aux';
