/** What nodes of both systems say: the store's own messages, and those of subscriptions. */
import type { Message as StoreMessage, RecordedEvent } from '../messages.js';

/** A read-only replica and its subscribers: history in pages, and what comes after it. */
export type CatchUpMessage =
  | StoreMessage
  /** Asks for the first `limit` events after a position. */
  | { readonly kind: 'fetch'; readonly id: string; readonly after: number; readonly limit: number }
  /** Its answer: all events up to `through`. `end` says that the replica has nothing beyond. */
  | {
      readonly kind: 'slice';
      readonly id: string;
      readonly through: number;
      readonly events: readonly RecordedEvent[];
      readonly end: boolean;
    }
  /** Opens a live subscription: from now on, whatever comes. */
  | { readonly kind: 'listen'; readonly id: string }
  /** Its confirmation: what is live comes after position `at`. */
  | { readonly kind: 'listening'; readonly id: string; readonly at: number }
  /** What has just come to the replica; `number` counts those of the subscription, from 1. */
  | { readonly kind: 'live'; readonly id: string; readonly number: number; readonly events: readonly RecordedEvent[] }
  /** Is the subscription still there? `pulse` says so, and how much it was sent; `dropped`, that it is not. */
  | { readonly kind: 'poll'; readonly id: string }
  | { readonly kind: 'pulse'; readonly id: string; readonly sent: number }
  | { readonly kind: 'dropped'; readonly id: string };

/** An event on its way to a consumer. */
export interface Delivery {
  readonly event: RecordedEvent;
  /** How often it was tried before. */
  readonly retries: number;
  /** Whether it comes back from the parked queue. */
  readonly replayed: boolean;
}

/** A persistent subscription and its consumers. A connection's id is new each time a consumer connects. */
export type PersistentMessage =
  | StoreMessage
  | { readonly kind: 'connect'; readonly connection: string }
  | { readonly kind: 'beat'; readonly connection: string }
  /** The consumer goes: what it was sent and has not acknowledged, it drops. */
  | { readonly kind: 'leave'; readonly connection: string }
  /** The answer to `connect` and `beat`: the connection stands. */
  | { readonly kind: 'connected'; readonly connection: string }
  /** The connection is not, or no longer, known. */
  | { readonly kind: 'disconnected'; readonly connection: string }
  | ({ readonly kind: 'push'; readonly connection: string } & Delivery)
  /** Handled, and the effect is on the consumer's disk. */
  | { readonly kind: 'ack'; readonly connection: string; readonly position: number }
  /** Not handled: to be tried again. */
  | { readonly kind: 'nack'; readonly connection: string; readonly position: number };

/** An event's id: its place in its stream. */
export const eventId = ({ stream, version }: RecordedEvent): string => `${stream}@${version}`;
