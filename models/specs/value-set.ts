/**
 * A set of values. `add` and `remove` return nil, so that they need not look; `contains` returns whether the value is
 * there, `read` all values in the order of their texts.
 */
import type { Spec } from '../../framework/index.js';

export type SetValue = string | number;

/** What can be asked of a set. */
export type ValueSetOperation =
  { readonly kind: 'add' | 'remove' | 'contains'; readonly value: SetValue } | { readonly kind: 'read' };

/** How the operations are written in the ASCII notation: `add 3`, `contains 3: true`. */
export const valueSetVocabulary = { add: 'value', remove: 'value', contains: 'value' } as const;

/** A set of values, which starts empty. */
export const valueSet: Spec<readonly SetValue[], ValueSetOperation> = {
  name: 'set',
  initial: [],
  step(values, operation) {
    switch (operation.kind) {
      case 'add':
        return {
          state: values.includes(operation.value) ? values : sorted([...values, operation.value]),
          result: null,
        };
      case 'remove':
        return {
          state: values.includes(operation.value) ? values.filter((value) => value !== operation.value) : values,
          result: null,
        };
      case 'contains':
        return { state: values, result: values.includes(operation.value) };
      case 'read':
        return { state: values, result: values };
    }
  },
  readOnly: ({ kind }) => kind === 'contains' || kind === 'read',
};

/** By text, then numbers before strings: `1` and `'1'` are different values. */
const sorted = (values: readonly SetValue[]): SetValue[] =>
  values.toSorted((one, other) => {
    const [left, right] = [`${one} ${typeof one}`, `${other} ${typeof other}`];
    return left < right ? -1 : left > right ? 1 : 0;
  });
