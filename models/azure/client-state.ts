/** What a partition server knows: the extent that it appends to, the records that it may read, and what it is about. */
import type { ClientContext, NodeId } from '../../framework/index.js';
import type { DataBlock, ExtentInfo, Message, Position } from './messages.js';

export interface KnownRecord extends Position {
  readonly replicas: readonly NodeId[];
}

/** An extent of a stream that is being loaded. */
export interface Part {
  readonly extent: number;
  readonly replicas: readonly NodeId[];
  /** Null while it is not known how far it may be read. */
  length: number | null;
  readonly sealed: boolean;
  blocks: readonly DataBlock[] | null;
}

export type Task =
  | {
      readonly kind: 'append';
      readonly request: string;
      readonly value: number;
      /** Whether any replica may have it. */
      sent: boolean;
      /** The extent that failed, to be sealed before it is tried elsewhere. */
      broken: number | null;
      /** How often it was sent to the extent of now. */
      attempts: number;
    }
  | { readonly kind: 'read'; readonly request: string; readonly record: KnownRecord }
  | {
      readonly kind: 'load';
      readonly request: string;
      readonly stream: string;
      /** Null before the stream manager has told. */
      parts: Part[] | null;
      /** What the replicas of the last extent have told, if that is open. */
      lengths: { readonly node: NodeId; readonly length: number }[];
      attempts: number;
      /** Whether the last extent is to be sealed first. */
      sealing: boolean;
    };

export interface User {
  requests: number;
  /** The open extent of its stream, as far as it knows. */
  extent: ExtentInfo | null;
  known: readonly (KnownRecord & { readonly stream: string })[];
  task: Task | null;
}

export type UserTimer = 'retry' | 'deadline';
export type UserContext = ClientContext<Message, UserTimer>;

export function complete(user: User, result: unknown, ctx: UserContext): void {
  user.task = null;
  ctx.cancelTimer('retry');
  ctx.cancelTimer('deadline');
  ctx.ok(result);
}
