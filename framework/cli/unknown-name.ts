/** What is said of a name that nobody knows: what it may have been meant to be, and then what there is. */

/** So many are listed; of more it is said how to see them. */
const LISTED_MAX = 40;
const SUGGESTED_MAX = 3;

/**
 * `unknown mutant 'CH-99'; did you mean CH-09? …`, with all of `known` if they are few. `seeAll` says how to see them if they
 * are not.
 */
export function unknownName(what: string, name: string, known: readonly string[], seeAll: string): string {
  const near = nearestNames(name, known);
  const meant = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
  const all =
    known.length > LISTED_MAX ? `${seeAll} shows all ${known.length}` : `known: ${known.join(', ') || 'none'}`;
  return `unknown ${what} '${name}'${meant === '' ? ';' : meant} ${all}`;
}

/** Those of `known` that are a mistake or two of typing away from `name`, the nearest first. */
export function nearestNames(name: string, known: readonly string[]): string[] {
  const mistakesMax = Math.min(name.length - 1, Math.max(2, Math.floor(name.length / 3)));
  return [...new Set(known)]
    .map((one) => ({ one, mistakes: editDistance(name.toLowerCase(), one.toLowerCase()) }))
    .filter(({ mistakes }) => mistakes <= mistakesMax)
    .sort((one, other) => one.mistakes - other.mistakes)
    .slice(0, SUGGESTED_MAX)
    .map(({ one }) => one);
}

/** How many letters must be put in, left out, changed, or swapped with the next to make `to` of `from` (optimal string alignment). */
function editDistance(from: string, to: string): number {
  const at = (row: readonly number[] | undefined, column: number): number => row?.[column] ?? Infinity;
  let [before, row]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let index = 1; index <= from.length; index++) {
    const next = [index];
    for (let column = 1; column <= to.length; column++) {
      const same = from[index - 1] === to[column - 1];
      const swapped = from[index - 1] === to[column - 2] && from[index - 2] === to[column - 1];
      next.push(
        Math.min(
          at(row, column) + 1,
          at(next, column - 1) + 1,
          at(row, column - 1) + (same ? 0 : 1),
          swapped ? at(before, column - 2) + 1 : Infinity,
        ),
      );
    }
    [before, row] = [row, next];
  }
  return at(row, to.length);
}
