/** The specification of the how-to pages. */
import type { Spec } from 'faultline';

export type HighestOperation = { kind: 'write'; value: number } | { kind: 'read' };

/** A register that keeps the highest value that was ever written to it. */
export const highest: Spec<number, HighestOperation> = {
  name: 'highest',
  initial: 0,
  step(state, operation) {
    if (operation.kind === 'read') return { state, result: state };
    return { state: Math.max(state, operation.value), result: null };
  },
  readOnly: ({ kind }) => kind === 'read',
};
