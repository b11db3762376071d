/** Zeller and Hildebrandt's ddmin (TSE 2002), with the two guesses that most often save the work: nothing, and half. */

/**
 * The smallest sublist found of `items` for which `fails` still holds; it is assumed to hold for `items` itself. The
 * order is kept. `fails` may refuse to go on by answering false for ever: what was found so far is returned.
 */
export function ddmin<T>(items: readonly T[], fails: (candidate: readonly T[]) => boolean): readonly T[] {
  if (items.length === 0) return items;
  if (fails([])) return [];
  let current = items;
  let chunks = 2;
  while (current.length >= 2) {
    const size = Math.ceil(current.length / chunks);
    let reduced: readonly T[] | undefined;
    // Later items first: what comes after the violation is the most likely to be superfluous.
    for (let start = (Math.ceil(current.length / size) - 1) * size; start >= 0; start -= size) {
      const without = [...current.slice(0, start), ...current.slice(start + size)];
      if (without.length === 0 || !fails(without)) continue;
      reduced = without;
      break;
    }
    if (reduced !== undefined) {
      current = reduced;
      chunks = Math.max(2, chunks - 1);
    } else if (size === 1) {
      return current;
    } else {
      chunks = Math.min(current.length, chunks * 2);
    }
  }
  return current;
}
