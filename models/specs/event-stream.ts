/**
 * An event store with optimistic concurrency, judged stream by stream: the state is the list of one stream's events. An
 * append names the version it expects, which is the number of events in the stream; if another append came first, it
 * is refused with the version it should have known, and changes nothing.
 */
import type { Spec } from '../../framework/index.js';

/** Plain JSON data. Give each event something unique, or lost and repeated ones look alike. */
export type StreamEvent = unknown;

/** What can be asked of an event store. */
export type EventStreamOperation =
  | {
      readonly kind: 'append';
      readonly stream: string;
      /** `any` appends to whatever is there. */
      readonly expectedVersion: number | 'any';
      readonly events: readonly StreamEvent[];
    }
  | { readonly kind: 'read'; readonly stream: string };

/** What `append` returns. `nextVersion` is the version to expect next; `conflict` the version that was found. */
export type AppendResult =
  { readonly ok: true; readonly nextVersion: number } | { readonly ok: false; readonly conflict: number };

/** How the operations are written in the ASCII notation: `append cart 0 ["added"]`, `read cart: ["added"]`. */
export const eventStreamVocabulary = { append: 'stream expectedVersion events', read: 'stream' } as const;

/** Streams of events with optimistic concurrency, judged one by one. */
export const eventStream: Spec<readonly StreamEvent[], EventStreamOperation> = {
  name: 'event stream',
  initial: [],
  step(events, operation) {
    switch (operation.kind) {
      case 'append':
        return append(events, operation);
      case 'read':
        return { state: events, result: events };
    }
  },
  partition: (operation) => operation.stream,
  readOnly: (operation) => operation.kind === 'read',
};

function append(
  events: readonly StreamEvent[],
  operation: Extract<EventStreamOperation, { kind: 'append' }>,
): { state: readonly StreamEvent[]; result: AppendResult } {
  const { expectedVersion } = operation;
  if (expectedVersion !== 'any' && expectedVersion !== events.length)
    return { state: events, result: { ok: false, conflict: events.length } };
  const state = [...events, ...operation.events];
  return { state, result: { ok: true, nextVersion: state.length } };
}
