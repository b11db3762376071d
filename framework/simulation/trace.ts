/** The trace: everything that happened in a run, in order, for reports. Recorded only when asked for. */
import type { Patch } from 'immer';
import type { Fault } from '../faults/fault.js';
import type { AnyOperation } from '../history/entry.js';
import type { AnyMessage, NodeId } from '../world/protocol.js';
import type { Completion } from '../world/context.js';
import type { DiskChange } from '../world/disk.js';
import type { Loss } from '../world/world.js';

/**
 * `step` counts the scheduler's dispatches from 1; 0 is the boot. `time` is in simulated microseconds. `cause` is the step
 * that sent the message, set the timer or issued the sync.
 */
export type TraceEvent = { readonly step: number; readonly time: number } & (
  | {
      readonly kind: 'send';
      readonly from: NodeId;
      readonly to: NodeId;
      /** The message's number on its link, from 0; with `from` and `to` it names the message. */
      readonly nth: number;
      readonly message: AnyMessage;
      readonly delaysMicros: readonly number[];
    }
  | {
      readonly kind: 'deliver';
      readonly node: NodeId;
      readonly from: NodeId;
      readonly nth: number;
      readonly cause: number;
      readonly message: AnyMessage;
    }
  | { readonly kind: 'lost'; readonly from: NodeId; readonly to: NodeId; readonly nth: number; readonly reason: Loss }
  | {
      readonly kind: 'timer';
      readonly node: NodeId;
      readonly timer: string;
      readonly key: string;
      readonly cause: number;
    }
  | {
      readonly kind: 'synced';
      readonly node: NodeId;
      readonly timer: string;
      readonly key: string;
      readonly cause: number;
    }
  | { readonly kind: 'fault-begins'; readonly fault: Fault }
  | { readonly kind: 'fault-ends'; readonly fault: Fault }
  | { readonly kind: 'phase'; readonly phase: 'heal' | 'probes' | 'final reads' | 'end' }
  | { readonly kind: 'invoke'; readonly node: NodeId; readonly process: number; readonly operation: AnyOperation }
  | { readonly kind: 'complete'; readonly node: NodeId; readonly process: number; readonly completion: Completion }
  /** The node's process is gone, and what it held in memory. */
  | { readonly kind: 'down'; readonly node: NodeId }
  | { readonly kind: 'disk'; readonly node: NodeId; readonly change: DiskChange }
  /** What the step changed in the node's state (runs through immer only), or the whole of it when its process starts. */
  | { readonly kind: 'state'; readonly node: NodeId; readonly patches: readonly Patch[] }
);

/** Whether `event` is what its step was for: a message, a timer or a sync that a node handled. */
export const isDispatch = ({ kind }: TraceEvent): boolean =>
  kind === 'deliver' || kind === 'timer' || kind === 'synced';

/** One line in words: `deliver put to s1 from c1`. */
export function describeEvent(event: TraceEvent): string {
  switch (event.kind) {
    case 'send':
      return `${event.from} sends ${event.message.kind} to ${event.to}`;
    case 'deliver':
      return `${event.node} receives ${event.message.kind} from ${event.from}`;
    case 'lost':
      return `message ${event.nth} from ${event.from} to ${event.to} is lost (${event.reason})`;
    case 'timer':
      return `timer ${event.timer}${event.key === '' ? '' : ` ${event.key}`} fires at ${event.node}`;
    case 'synced':
      return `disk sync ${event.timer}${event.key === '' ? '' : ` ${event.key}`} completes at ${event.node}`;
    case 'fault-begins':
      return `fault begins: ${event.fault.kind}`;
    case 'fault-ends':
      return `fault ends: ${event.fault.kind}`;
    case 'phase':
      return event.phase;
    case 'invoke':
      return `${event.node} invokes ${event.operation.kind}`;
    case 'complete':
      return `${event.node} completes with ${event.completion.type}`;
    case 'down':
      return `${event.node} goes down`;
    case 'disk':
      return `the disk of ${event.node} changes`;
    case 'state':
      return `${event.node} changes state`;
  }
}
