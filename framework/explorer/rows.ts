/** The rows of the step list: the moments that match a text, have an event of some kinds, and concern some nodes. */
import { shortNumbers } from '../report/describe.js';
import type { RunModel } from './run-model.js';
import type { View } from './view.js';

/** The height of a row, in pixels. */
export const ROW = 24;

export function shownMoments(
  model: RunModel,
  { find, quiet, kinds, nodes }: Pick<View, 'find' | 'quiet' | 'kinds' | 'nodes'>,
): readonly number[] {
  const all = model.moments.map(({ index }) => index);
  // Numbers are as short as in the lines, wherever they were copied from.
  const words = shortNumbers(find)
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0 && !quiet && kinds === undefined && nodes === undefined) return all;
  const matches = (moment: number): boolean => {
    if (quiet && model.isBackground(moment)) return false;
    if (kinds?.some((kind) => model.kinds(moment).has(kind)) === false) return false;
    const concerned = model.concerns(moment);
    if (nodes !== undefined && concerned.size > 0 && !nodes.some((node) => concerned.has(node))) return false;
    if (words.length === 0) return true;
    const { words: text, note } = model.line(moment);
    const line = shortNumbers(`${text} ${note} #${model.moments[moment]?.id ?? ''}`).toLowerCase();
    return words.every((word) => line.includes(word));
  };
  return all.filter(matches);
}

/** The row of `moment`, or the first one after it. O(log n). */
export function rowOf(rows: readonly number[], moment: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] as number) < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The moment `by` rows from the one at `moment`, or from where that would be; the first or the last where there are not as many. */
export function nextRow(rows: readonly number[], moment: number, by: number): number {
  const row = rowOf(rows, moment);
  const target = by > 0 && rows[row] !== moment ? row + by - 1 : row + by;
  return rows[Math.max(0, Math.min(rows.length - 1, target))] ?? moment;
}

/** The match after `moment`, or before it; past the last one comes the first. Undefined if there are none. */
export const nextMatch = (rows: readonly number[], moment: number, by: 1 | -1): number | undefined =>
  by > 0 ? (rows.find((row) => row > moment) ?? rows[0]) : (rows.findLast((row) => row < moment) ?? rows.at(-1));
