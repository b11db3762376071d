/** A counter from 0. `add` returns nil, so that replicas may add without asking each other; `read` returns the sum. */
import type { Spec } from '../../framework/index.js';

export type CounterOperation = { readonly kind: 'add'; readonly amount: number } | { readonly kind: 'read' };

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
