/** A counter from 0. `add` returns nil, so that replicas may add without asking each other; `read` returns the sum. */
import type { Spec } from '../../framework/index.js';

/** What can be asked of a counter. */
export type CounterOperation = { readonly kind: 'add'; readonly amount: number } | { readonly kind: 'read' };

/** A counter from 0; `add` returns nil, `read` the sum. */
export const counter: Spec<number, CounterOperation> = {
  name: 'counter',
  initial: 0,
  step(sum, operation) {
    switch (operation.kind) {
      case 'add':
        return { state: sum + operation.amount, result: null };
      case 'read':
        return { state: sum, result: sum };
    }
  },
  readOnly: (operation) => operation.kind === 'read',
};
