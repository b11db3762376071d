/** An event as the store has it: it knows where an event is and what it is called, and not what it means. */
import type { Stored } from '../transactions.js';

/** The fields of an event: plain and flat, as a log keeps them. */
export type Data = Readonly<Record<string, string | number>>;

export interface Metadata {
  /** The command that caused the event. */
  readonly command: string;
}

/** A stream's type is the first part of its id: the category of EventStoreDB. */
export const typeOf = (stream: string): string => stream.split('-')[0] ?? stream;

/** What is to be appended. The id is the event's for ever: a retry brings the same one. */
export interface NewEvent {
  readonly id: string;
  readonly type: string;
  /** The version of the schema that `data` is written in. */
  readonly schema: number;
  readonly data: Data;
  readonly metadata: Metadata;
}

export interface RecordedEvent extends NewEvent, Stored {
  /** When it was appended, on the store's clock in microseconds. It never falls in a stream. */
  readonly time: number;
}

/** The type of the event that deletes its stream. It takes a version, so that whoever decided before it loses the race. */
export const TOMBSTONE = 'stream deleted';

/**
 * What an append demands of its stream: that it has so many events, that there is none yet, that there is one, or nothing.
 * A stream that was deleted does not exist, although it has a version.
 */
export type Expected = number | 'no stream' | 'stream exists' | 'any';

/** The state of an aggregate as whoever handles its commands once saved it. The store does not look into it. */
export interface Snapshot {
  readonly stream: string;
  /** How many events of the stream it stands for. */
  readonly version: number;
  /** The version of the schema that `state` is written in. */
  readonly schema: number;
  readonly state: Readonly<Record<string, unknown>>;
}

/** A snapshot as the store holds it. */
export interface HeldSnapshot extends Snapshot {
  /** The time of the last event that it stands for. */
  readonly time: number;
}

/** How far into the past a reader wants to go: the first so many events, or those up to a moment of the store's clock. */
export type Through = { readonly version: number } | { readonly time: number };
