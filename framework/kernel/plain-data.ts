/**
 * Copies at the boundaries of a node. What a handler sends or writes to disk is copied there, so that no message, record
 * or result ever aliases a node's state; with the in-place runs this is what makes nodes share nothing.
 */
import { InvariantError } from './invariant.js';

/** Deeper data is taken to be cyclic. */
export const DEPTH_MAX = 100;

/** Throws unless `value`, an object but no array, is a record: two prototypes are plain, Object's and none. */
export function requirePlain(value: object): void {
  // Drafts report their target's prototype.
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new InvariantError(`expected plain data (JSON values), got a ${value.constructor.name}`);
}

/**
 * A deep copy of plain data: JSON values and `undefined`. Also copies an immer draft. Throws on anything else (a Map, a
 * class instance, a function), because it could not be hashed, printed or replayed.
 */
export function copyPlain<T>(value: T, depth = 0): T {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint')
      throw new InvariantError(`expected plain data (JSON values), got a ${typeof value}`);
    return value;
  }
  if (depth > DEPTH_MAX) throw new InvariantError(`data is nested deeper than ${DEPTH_MAX} levels, or cyclic`);
  if (Array.isArray(value)) {
    const items: unknown[] = value.slice();
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      if (typeof item === 'object' && item !== null) items[index] = copyPlain(item, depth + 1);
    }
    return items as T;
  }
  requirePlain(value);
  // Spreading clones the whole shape at once (about 5x faster than key by key); then only nested data needs work.
  const copy = { ...value } as Record<string, unknown>;
  for (const key in copy) {
    const field = copy[key];
    if (typeof field === 'object' && field !== null) copy[key] = copyPlain(field, depth + 1);
    else if (typeof field === 'function') throw new InvariantError(`expected plain data, got a function in '${key}'`);
  }
  return copy as T;
}

/** JSON with sorted keys: the same data always prints the same text. */
export function canonicalJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, field: unknown) => {
      if (typeof field !== 'object' || field === null || Array.isArray(field)) return field;
      const record = field as Record<string, unknown>;
      const sorted: Record<string, unknown> = {};
      for (const name of Object.keys(record).sort()) sorted[name] = record[name];
      return sorted;
    },
    indent,
  );
}
