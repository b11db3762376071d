/**
 * A log that only grows. `append` returns the position of its record, from 0; `read` returns the record at a position, or
 * nil beyond the end; `length` how many records there are.
 */
import type { Spec } from '../../framework/index.js';

export type LogValue = string | number;

/** What can be asked of a log. */
export type AppendOnlyLogOperation =
  | { readonly kind: 'append'; readonly value: LogValue }
  | { readonly kind: 'read'; readonly position: number }
  | { readonly kind: 'length' };

/** How the operations are written in the ASCII notation: `append a: 0`, `read 0: a`, `length: 1`. */
export const appendOnlyLogVocabulary = { append: 'value', read: 'position', length: '' } as const;

/** A log that only grows; positions count from 0. */
export const appendOnlyLog: Spec<readonly LogValue[], AppendOnlyLogOperation> = {
  name: 'append-only log',
  initial: [],
  step(records, operation) {
    switch (operation.kind) {
      case 'append':
        return { state: [...records, operation.value], result: records.length };
      case 'read':
        return { state: records, result: records[operation.position] ?? null };
      case 'length':
        return { state: records, result: records.length };
    }
  },
  readOnly: ({ kind }) => kind !== 'append',
};
