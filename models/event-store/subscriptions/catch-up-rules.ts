/** The decisions on which a catch-up subscription and its projection rest: each mutant breaks one of them. */
import type { RecordedEvent } from '../messages.js';
import type { View } from './views.js';

export interface Checkpoint {
  readonly position: number;
  /** Null: none was written with it. */
  readonly view: View | null;
}

export interface CatchUpRules {
  /**
   * Whether history must be read further, though its end was reached before: the live subscription begins at `at`, which
   * may be after the last page read. What was committed between is in neither.
   */
  readonly mustReadOn: (handOver: { readonly position: number; readonly at: number }) => boolean;
  /** Whether an event was handled before: pages read while the subscription was open already have what it sent too. */
  readonly isHandled: (event: RecordedEvent, position: number) => boolean;
  /** What is written as a checkpoint. `written` is the view in the checkpoint before it. */
  readonly checkpoint: (now: {
    readonly position: number;
    readonly view: View;
    readonly written: View | null;
  }) => Checkpoint;
}

export const catchUpRules: CatchUpRules = {
  mustReadOn: ({ position, at }) => position < at,
  isHandled: (event, position) => event.position <= position,
  checkpoint: ({ position, view }) => ({ position, view }),
};
