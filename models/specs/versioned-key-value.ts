/**
 * A key-value store whose objects are numbered by version, as CRAQ's are: a key that was never written reads as version 0,
 * nil, and each update makes the next version. `test-and-set` writes only if it finds the version that it names, and
 * returns whether it did. Judged key by key.
 */
import type { Spec } from '../../framework/index.js';

export interface VersionedValue {
  /** How many updates the object has seen. */
  readonly version: number;
  readonly value: string | null;
}

export type VersionedOperation =
  | { readonly kind: 'get'; readonly key: string }
  | { readonly kind: 'put'; readonly key: string; readonly value: string }
  | { readonly kind: 'append'; readonly key: string; readonly value: string }
  | { readonly kind: 'test-and-set'; readonly key: string; readonly version: number; readonly value: string };

/** The value after `update`, given the one before. */
export const valueAfter = (
  update: Exclude<VersionedOperation, { readonly kind: 'get' }>,
  before: string | null,
): string => (update.kind === 'append' ? `${before ?? ''}${update.value}` : update.value);

export const versionedKeyValue: Spec<VersionedValue, VersionedOperation> = {
  name: 'key-value store with versions',
  initial: { version: 0, value: null },
  step(state, operation) {
    if (operation.kind === 'get') return { state, result: state };
    const next = { version: state.version + 1, value: valueAfter(operation, state.value) };
    if (operation.kind !== 'test-and-set') return { state: next, result: null };
    return operation.version === state.version ? { state: next, result: true } : { state, result: false };
  },
  partition: (operation) => operation.key,
  readOnly: (operation) => operation.kind === 'get',
};
