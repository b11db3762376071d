/**
 * One register: the smallest object whose reads can be stale. It starts as nil. `cas` writes `to` if it finds `from`
 * and returns whether it did.
 */
import type { Spec } from '../../framework/index.js';

export type RegisterValue = string | number | boolean | null;

/** What can be asked of a register. */
export type RegisterOperation =
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly value: RegisterValue }
  | { readonly kind: 'cas'; readonly from: RegisterValue; readonly to: RegisterValue };

/** One register, which starts as nil. */
export const register: Spec<RegisterValue, RegisterOperation> = {
  name: 'register',
  initial: null,
  step(state, operation) {
    switch (operation.kind) {
      case 'read':
        return { state, result: state };
      case 'write':
        return { state: operation.value, result: null };
      case 'cas':
        return operation.from === state ? { state: operation.to, result: true } : { state, result: false };
    }
  },
  readOnly: (operation) => operation.kind === 'read',
  asRegister: (operation) => (operation.kind === 'cas' ? undefined : operation),
};
