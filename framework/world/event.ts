/** What waits in the world's queue. One flat shape for all kinds keeps the run loop monomorphic, and fast. */
import type { AnyMessage } from './protocol.js';
import type { WorldNode } from './node.js';

export type WorldEventKind =
  /** A message arrives at `node`. */
  | 'deliver'
  /** A timer of `node` is due. */
  | 'timer'
  /** A sync of `node`'s disk is done. */
  | 'synced'
  /** Something outside the protocol: a fault, a phase, a client's next operation. */
  | 'control';

export interface WorldEvent {
  /** Moved ahead only while the event is out of the queue: when what waited for a pause or a cut is due again. */
  time: number;
  readonly sequence: number;
  readonly kind: WorldEventKind;
  /** Undefined for `control` only. */
  readonly node: WorldNode | undefined;
  readonly incarnation: number;
  /** deliver: the sender, the message, its link and its number on that link. */
  readonly from: WorldNode | undefined;
  readonly message: AnyMessage | undefined;
  readonly link: number;
  readonly nth: number;
  /** timer, synced: the handler and its key. synced: the writes made durable. */
  readonly timer: string;
  readonly key: string;
  readonly writeCount: number;
  readonly action: (() => void) | undefined;
  cancelled: boolean;
}
