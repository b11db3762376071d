/**
 * What clients, extent nodes and the stream manager tell each other. A client of the stream layer is a partition server, the
 * only writer of its stream. `request` matches answers to requests; `extent` is a number, higher the later it was allocated.
 */
import type { NodeId } from '../../framework/index.js';

export type Operation =
  /** To the client's own stream. */
  | { readonly kind: 'append'; readonly value: number }
  /** One of the records that this client knows to be acknowledged or loaded, counted round. */
  | { readonly kind: 'read'; readonly place: number }
  /** All of a stream, as a partition server does that takes a partition over. */
  | { readonly kind: 'load'; readonly stream: string };

/** Where a record is. */
export interface Position {
  readonly extent: number;
  /** How many records of the extent are before it. */
  readonly offset: number;
}

/** What operations return. A read of a client that knows of no record returns null. */
export type Appended = Position & { readonly stream: string };
export type Found = Position & { readonly value: number };
export interface Loaded {
  readonly records: readonly Found[];
  /** Whether the last extent had to be sealed first. */
  readonly sealed: boolean;
}

/** A block. The request by which it came tells a retry from another one of the same content. */
export interface DataBlock {
  readonly value: number;
  readonly request: string;
}

export interface ExtentInfo {
  readonly extent: number;
  /** The primary first. They stay the same for as long as the extent is not sealed. */
  readonly replicas: readonly NodeId[];
  /** The length at which it was sealed, or null. */
  readonly length: number | null;
}

/** To the stream manager, and back. */
export type ManagerRequest = { readonly request: string; readonly stream: string } & (
  | { readonly kind: 'lookup' }
  /** Seal extent `after`, and let there be another one. If null, the last will do. */
  | { readonly kind: 'extend'; readonly after: number | null }
  /** Seal this one. */
  | { readonly kind: 'close'; readonly extent: number }
);
export interface StreamAnswer {
  readonly kind: 'stream';
  readonly request: string;
  readonly extents: readonly ExtentInfo[];
}

/** Between the stream manager and extent nodes. */
export type ManagerMessage = { readonly extent: number } & (
  | { readonly kind: 'create'; readonly replicas: readonly NodeId[] }
  | { readonly kind: 'created' }
  /** Take no more appends, and tell how long the replica is. */
  | { readonly kind: 'seal' }
  | { readonly kind: 'promised'; readonly length: number }
  /** The extent was sealed at this length: be so, whatever you have. */
  | { readonly kind: 'force'; readonly length: number; readonly replicas: readonly NodeId[] }
);
export interface Report {
  readonly kind: 'report';
  /** Extents that are not sealed at the sender. */
  readonly unsealed: readonly number[];
}

/** Between clients and extent nodes. */
export type ClientMessage = { readonly request: string; readonly extent: number } & (
  | { readonly kind: 'append'; readonly value: number }
  | { readonly kind: 'appended'; readonly offset: number }
  /** The extent takes no more appends here. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'check' }
  /** The commit length of one replica: how many blocks it has on disk. */
  | { readonly kind: 'length'; readonly length: number }
  /** Blocks `from` … `to` − 1; `sealed` if only a sealed replica may answer. */
  | { readonly kind: 'read'; readonly from: number; readonly to: number; readonly sealed: boolean }
  | { readonly kind: 'blocks'; readonly from: number; readonly blocks: readonly DataBlock[] }
);

/** Between the replicas of an extent. */
export type ReplicaMessage = { readonly extent: number } & (
  | { readonly kind: 'replicate'; readonly offset: number; readonly block: DataBlock }
  /** How many blocks the secondary has on disk. */
  | { readonly kind: 'stored'; readonly length: number }
  /** From one that was sealed at more than it has. */
  | { readonly kind: 'fetch'; readonly from: number; readonly to: number }
  | { readonly kind: 'copy'; readonly from: number; readonly blocks: readonly DataBlock[] }
);

export type Message = ManagerRequest | StreamAnswer | ManagerMessage | Report | ClientMessage | ReplicaMessage;

export const STREAM_MANAGER: NodeId = 'sm';
