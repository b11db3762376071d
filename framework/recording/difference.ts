/** What changed between two values, as a tree that has the shape of both: for showing a state with its changes. */

export type Difference =
  | { readonly kind: 'same'; readonly value: unknown }
  | { readonly kind: 'added'; readonly value: unknown }
  | { readonly kind: 'removed'; readonly value: unknown }
  /** Something else is there now: at least one of the two has no parts. */
  | { readonly kind: 'replaced'; readonly before: unknown; readonly after: unknown }
  /** Parts of it changed. */
  | {
      readonly kind: 'changed';
      readonly isArray: boolean;
      readonly parts: readonly (readonly [name: string, part: Difference])[];
    };

type Parts = Readonly<Record<string, unknown>>;

/** Parts that are the same object are not looked into: values that share what did not change are compared fast. */
export function differenceOf(before: unknown, after: unknown): Difference {
  if (before === after) return { kind: 'same', value: after };
  if (Array.isArray(before) && Array.isArray(after)) return ofArrays(before, after);
  if (isRecord(before) && isRecord(after)) return ofRecords(before, after);
  return { kind: 'replaced', before, after };
}

const isRecord = (value: unknown): value is Parts =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function ofRecords(before: Parts, after: Parts): Difference {
  const names = [...Object.keys(after), ...Object.keys(before).filter((name) => !Object.hasOwn(after, name))];
  const parts = names.map((name): readonly [string, Difference] => {
    if (!Object.hasOwn(before, name)) return [name, { kind: 'added', value: after[name] }];
    if (!Object.hasOwn(after, name)) return [name, { kind: 'removed', value: before[name] }];
    return [name, differenceOf(before[name], after[name])];
  });
  return together(parts, after, false);
}

/** Items are compared in their places, counted from whichever end leaves more of them as they were. */
function ofArrays(before: readonly unknown[], after: readonly unknown[]): Difference {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && isSame(before[start], after[start])) start++;
  let end = 0;
  while (end < shorter - start && isSame(before[before.length - 1 - end], after[after.length - 1 - end])) end++;
  const parts: (readonly [string, Difference])[] = [];
  for (let index = 0; index < start; index++) parts.push([String(index), { kind: 'same', value: after[index] }]);
  const [oldEnd, newEnd] = [before.length - end, after.length - end];
  const both = Math.min(oldEnd, newEnd);
  for (let index = start; index < both; index++) parts.push([String(index), differenceOf(before[index], after[index])]);
  for (let index = Math.max(start, both); index < oldEnd; index++)
    parts.push([String(index), { kind: 'removed', value: before[index] }]);
  for (let index = Math.max(start, both); index < newEnd; index++)
    parts.push([String(index), { kind: 'added', value: after[index] }]);
  for (let index = newEnd; index < after.length; index++)
    parts.push([String(index), { kind: 'same', value: after[index] }]);
  return together(parts, after, true);
}

const isSame = (one: unknown, other: unknown): boolean => differenceOf(one, other).kind === 'same';

function together(parts: readonly (readonly [string, Difference])[], value: unknown, isArray: boolean): Difference {
  return parts.every(([, { kind }]) => kind === 'same') ? { kind: 'same', value } : { kind: 'changed', isArray, parts };
}
