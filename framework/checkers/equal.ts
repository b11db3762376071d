/** Structural equality of plain data, the sense in which a checker says that two results or states are the same. */
import { InvariantError } from '../kernel/invariant.js';

const DEPTH_MAX = 100;

/**
 * True when `one` and `other` are the same JSON value. The order of an object's keys does not matter, and a field that
 * is `undefined` is no field. Throws on data nested deeper than 100 levels (a cycle, that is).
 */
export function equal(one: unknown, other: unknown, depth = 0): boolean {
  if (Object.is(one, other) || one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (depth > DEPTH_MAX) throw new InvariantError(`data is nested deeper than ${DEPTH_MAX} levels, or cyclic`);
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    for (let index = 0; index < one.length; index++) if (!equal(one[index], other[index], depth + 1)) return false;
    return true;
  }
  const left = one as Readonly<Record<string, unknown>>;
  const right = other as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(left)) if (!equal(left[key], right[key], depth + 1)) return false;
  for (const key of Object.keys(right)) if (left[key] === undefined && right[key] !== undefined) return false;
  return true;
}
