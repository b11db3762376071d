/**
 * The two assertions of the code base. `invariant` guards what only a programmer error can break; `unreachable` makes
 * a `switch` over a tagged union exhaustive at compile time and loud at run time.
 */

export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws an `InvariantError` unless `condition` holds. `message` says what was expected and what arrived. */
export function invariant(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new InvariantError(typeof message === 'string' ? message : message());
}

/** Ends an exhaustive `switch`: a value that reaches it has a `kind` that the compiler believed impossible. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable case: ${JSON.stringify(value)}`);
}
