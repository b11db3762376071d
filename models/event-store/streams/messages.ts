/** What is said to a store of streams, and what it answers. All of it may be lost, doubled and overtaken. */
import type { Expected, HeldSnapshot, NewEvent, RecordedEvent, Snapshot, Through } from './events.js';

/** An append takes effect whole, if the stream is as expected, or not at all. */
export interface Append {
  readonly id: string;
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly NewEvent[];
}

/** A stream from its latest snapshot on, or from `known` events on, if the reader has the state after these. */
export interface Loaded {
  /** Undefined parts of the past: what was asked for has been truncated, and no snapshot stands for it. */
  readonly available: boolean;
  readonly snapshot: HeldSnapshot | null;
  /** The version of the first event that may follow: `known`, the snapshot's, or where the stream begins now. */
  readonly from: number;
  readonly events: readonly RecordedEvent[];
}

export type StoreMessage =
  | ({ readonly kind: 'append' } & Append)
  | { readonly kind: 'appended'; readonly id: string; readonly nextVersion: number }
  /** The stream was not as expected: nothing was appended. */
  | { readonly kind: 'conflict'; readonly id: string; readonly version: number }
  | {
      readonly kind: 'load';
      readonly id: string;
      readonly stream: string;
      readonly known: number;
      readonly through: Through | null;
    }
  | ({ readonly kind: 'loaded'; readonly id: string } & Loaded)
  /** Saves a snapshot; it is answered, once it is on disk, if it has an id. */
  | { readonly kind: 'save'; readonly id: string | null; readonly snapshot: Snapshot }
  | { readonly kind: 'saved'; readonly id: string }
  /** Hides all events of the stream below a version. */
  | { readonly kind: 'truncate'; readonly id: string; readonly stream: string; readonly before: number }
  | { readonly kind: 'truncated'; readonly id: string }
  /** Asks for all events after a position, those to come included. */
  | { readonly kind: 'subscribe'; readonly after: number }
  | {
      readonly kind: 'page';
      readonly after: number;
      readonly through: number;
      readonly events: readonly RecordedEvent[];
    };
