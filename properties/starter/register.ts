/** The specification: what a register does that is one machine and serves one request at a time. */
import type { Spec } from 'faultline';

export type Operation = { kind: 'write'; value: number } | { kind: 'read' };

export const register: Spec<number | null, Operation> = {
  name: 'register',
  initial: null,
  step: (state, operation) =>
    operation.kind === 'write' ? { state: operation.value, result: null } : { state, result: state },
};
