/**
 * Delta debugging (A. Zeller and R. Hildebrandt, TSE 2002), greedily: ever smaller chunks are left out, and what cannot be
 * is not tried again until something else is gone.
 */

/**
 * The smallest sublist found of `items` for which `fails` still holds; it is assumed to hold for `items` itself. The
 * order is kept, and leaving out any single item of the result makes `fails` false. `fails` may refuse to go on by
 * answering false for ever: what was found so far is returned.
 */
export async function ddmin<T>(
  items: readonly T[],
  fails: (candidate: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let current = items;
  // Later items first: what comes after the violation is the most likely to be superfluous.
  for (let size = Math.ceil(items.length / 2); size > 1; size = Math.ceil(size / 2))
    for (let start = current.length - size; start > -size; start -= size) {
      const without = [...current.slice(0, Math.max(0, start)), ...current.slice(start + size)];
      if (without.length < current.length && (await fails(without))) current = without;
    }
  // Round and round, until each has been tried since the last one went.
  for (let index = current.length - 1, needed = 0; needed < current.length; index--) {
    if (index < 0) index = current.length - 1;
    const without = current.toSpliced(index, 1);
    if (await fails(without)) [current, needed] = [without, 0];
    else needed++;
  }
  return current;
}
