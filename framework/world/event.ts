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

/**
 * Fields that a kind does not use keep whatever they had: events are recycled by their pool, which halves the garbage of
 * a run.
 */
export class WorldEvent {
  time = 0;
  sequence = 0;
  kind: WorldEventKind = 'control';
  /** Undefined for `control` only. */
  node: WorldNode | undefined = undefined;
  /** The step that scheduled it; 0 for the boot. */
  cause = 0;
  /** The node's incarnation when the event was scheduled. */
  incarnation = 0;
  /** deliver: the sender, the message and its hash, its link and its number on that link. */
  from: WorldNode | undefined = undefined;
  message: AnyMessage | undefined = undefined;
  messageHash = 0;
  /** deliver: the number of the message's kind among those of the run. */
  messageKind = 0;
  link = 0;
  nth = 0;
  /** deliver: whether it has arrived and waits for its receiver to have time for it. */
  served = false;
  /** timer, synced: the handler and its key. synced: the writes made durable. */
  timer = '';
  key = '';
  writeCount = 0;
  action: (() => void) | undefined = undefined;
  cancelled = false;
}

/** Events that are done with, to be used again. */
export class EventPool {
  private readonly free: WorldEvent[] = [];

  /** An event that is in no queue; all fields that its kind uses must be set. */
  take(): WorldEvent {
    const event = this.free.pop() ?? new WorldEvent();
    event.cancelled = false;
    event.served = false;
    return event;
  }

  /** Gives back an event that is over. Its fields stay until it is taken: who judges the step may ask what it was. */
  give(event: WorldEvent): void {
    event.action = undefined;
    this.free.push(event);
  }
}
