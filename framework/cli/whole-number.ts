/** Numbers that a user gives, on the command line or to a test: checked and refused in the same words everywhere. */
import { WrongCall } from './usage-error.js';

/** `value` as a number. Throws a `WrongCall` that names it `what` unless it is whole and at least `min`. */
export function requireWholeNumber(what: string, value: unknown, min: 0 | 1): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
  const wanted = min === 1 ? 'a positive whole number' : 'a whole number, 0 or more';
  throw new WrongCall(`${what} takes ${wanted}; got ${typeof value === 'number' ? value : JSON.stringify(value)}`);
}
