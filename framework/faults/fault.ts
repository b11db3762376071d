/**
 * Every fault as plain data. A fault and its end (a crash and its restart, a partition and its healing) are one item, so
 * that shrinking removes them together. Whatever is still in force when the fault phase ends is healed then.
 */
import type { NodeId } from '../world/protocol.js';

/** Times are simulated microseconds from the start of the run; `forMicros: null` lasts until healing. */
export type Fault =
  /** The process dies: volatile state and unsynced writes are lost, but for a prefix of the latter. */
  | {
      readonly kind: 'crash';
      readonly at: number;
      readonly node: NodeId;
      readonly forMicros: number | null;
      /** How much of the unsynced writes survives, oldest first: 0 (none) … 100 (all), in percent. */
      readonly unsyncedKeptPercent: number;
    }
  /** The process stops (garbage collection, a suspended machine): its clock runs on, and what arrives waits for it. */
  | { readonly kind: 'pause'; readonly at: number; readonly node: NodeId; readonly forMicros: number | null }
  /** Messages from `from` to `to` are lost, and with `direction: 'both'` those from `to` to `from` as well. */
  | {
      readonly kind: 'partition';
      readonly at: number;
      readonly from: readonly NodeId[];
      readonly to: readonly NodeId[];
      readonly direction: 'both' | 'one-way';
      readonly forMicros: number | null;
    }
  /** From `at` on the node's clock is ahead by `offsetMicros` more and runs `driftPerMillion` fast (slow if negative). */
  | {
      readonly kind: 'clock';
      readonly at: number;
      readonly node: NodeId;
      readonly offsetMicros: number;
      readonly driftPerMillion: number;
    };

export type FaultKind = Fault['kind'];
