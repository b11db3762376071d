/**
 * A key-value store, judged key by key: operations on one key never touch another, so the state is the value of one
 * key. A key that was never written, or was deleted, reads as nil. `append` concatenates to the text that is there,
 * which makes every earlier write visible in a later read; `cas` writes `to` if it finds `from` and returns whether it
 * did. `put`, `append` and `delete` return nil.
 */
import type { Forgetting, Known, Spec } from '../../framework/index.js';

export type KeyValueValue = string | number | boolean | null;

/** What can be asked of a key-value store. */
export type KeyValueOperation =
  | { readonly kind: 'get'; readonly key: string }
  | { readonly kind: 'put'; readonly key: string; readonly value: KeyValueValue }
  | { readonly kind: 'append'; readonly key: string; readonly value: string | number }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'cas'; readonly key: string; readonly from: KeyValueValue; readonly to: KeyValueValue };

/** A key-value store, judged key by key; a key never written reads as nil. */
export const keyValue: Spec<KeyValueValue, KeyValueOperation> = {
  name: 'key-value store',
  initial: null,
  step(state, operation) {
    switch (operation.kind) {
      case 'get':
        return { state, result: state };
      case 'put':
        return { state: operation.value, result: null };
      case 'append':
        return { state: `${state ?? ''}${operation.value}`, result: null };
      case 'delete':
        return { state: null, result: null };
      case 'cas':
        return operation.from === state ? { state: operation.to, result: true } : { state, result: false };
    }
  },
  partition: (operation) => operation.key,
  readOnly: (operation) => operation.kind === 'get',
  asRegister(operation) {
    switch (operation.kind) {
      case 'get':
        return { kind: 'read' };
      case 'put':
        return { kind: 'write', value: operation.value };
      case 'delete':
        return { kind: 'write', value: null };
      case 'append':
      case 'cas':
        return undefined;
    }
  },
  forget: forgetUnread,
};

/**
 * A text that no value begins with that anybody found (or wanted to, by `cas`) will not be seen, whatever is appended to
 * it: the first such text stands for all.
 */
function forgetUnread(operations: readonly Known<KeyValueOperation>[]): Forgetting<KeyValueValue> {
  const found = operations.flatMap(({ operation, result }) =>
    operation.kind === 'cas' ? [operation.from] : operation.kind === 'get' ? [result ?? ''] : [],
  );
  const texts = [...new Set(found.map(String))].sort();
  let unread: KeyValueValue | undefined;
  return {
    representative(state) {
      const text = String(state ?? '');
      const place = firstPlace(texts, (one) => one >= text);
      if (texts[place]?.startsWith(text) === true) return state;
      unread ??= state;
      return unread;
    },
  };
}

/** The first place in `items` where `holds`, which holds for all that follow. */
function firstPlace<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let [from, to] = [0, items.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (holds(items[middle] as T)) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** The same store as some record it: a key that was never written, or was deleted, reads as the empty text. */
export const textKeyValue: Spec<KeyValueValue, KeyValueOperation> = {
  ...keyValue,
  name: 'key-value store of texts',
  initial: '',
  step: (state, operation) =>
    operation.kind === 'delete' ? { state: '', result: null } : keyValue.step(state, operation),
  asRegister: (operation) =>
    operation.kind === 'delete' ? { kind: 'write', value: '' } : keyValue.asRegister?.(operation),
};
