/** A first-in, first-out queue. `enqueue` returns nil; `dequeue` the oldest value, or nil from an empty queue. */
import type { Spec } from '../../framework/index.js';

/** What can be asked of a queue. */
export type FifoQueueOperation =
  { readonly kind: 'enqueue'; readonly value: string | number } | { readonly kind: 'dequeue' };

/** How the operations are written in the ASCII notation: `enqueue 3`, `dequeue: 3`. */
export const fifoQueueVocabulary = { enqueue: 'value', dequeue: '' } as const;

/** A first-in, first-out queue; an empty one returns nil. */
export const fifoQueue: Spec<readonly (string | number)[], FifoQueueOperation> = {
  name: 'FIFO queue',
  initial: [],
  step(values, operation) {
    if (operation.kind === 'enqueue') return { state: [...values, operation.value], result: null };
    const [oldest, ...rest] = values;
    return oldest === undefined ? { state: values, result: null } : { state: rest, result: oldest };
  },
};
