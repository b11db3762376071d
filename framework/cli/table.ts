/**
 * Aligned columns of text: numbers to the right, words to the left. What is too wide for the terminal gives way: first long
 * words are cut, then each row becomes a few lines.
 */
import { cut } from '../report/describe.js';

export type Cell = string | number;

const GAP = '  ';
/** Words are cut no shorter. */
const WORDS_COLUMNS_MIN = 12;

export function table(headings: readonly string[], rows: readonly (readonly Cell[])[], columns = Infinity): string {
  const cells = rows.map((row) => row.map(text));
  const natural = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((row) => (row[column] ?? '').length)),
  );
  const widths = fitted(natural, headings, columns);
  if (widths === undefined) return records(headings, cells, columns);
  const line = (row: readonly Cell[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return typeof cell === 'number' ? text(cell).padStart(width) : cut(cell, width).padEnd(width);
      })
      .join(GAP)
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join(GAP);
  return [line(headings), rule, ...rows.map(line)].join('\n');
}

const text = (cell: Cell): string => (typeof cell === 'number' ? cell.toLocaleString('en-US') : cell);

/** The widths of a table of at most `columns`: the widest columns of words are narrower; undefined if that is not enough. */
function fitted(natural: readonly number[], headings: readonly string[], columns: number): number[] | undefined {
  const widths = [...natural];
  const excess = () => widths.reduce((sum, width) => sum + width, GAP.length * (headings.length - 1)) - columns;
  while (excess() > 0) {
    const widest = Math.max(...widths);
    if (widest <= WORDS_COLUMNS_MIN) return undefined;
    widths[widths.indexOf(widest)] = Math.max(WORDS_COLUMNS_MIN, widest - excess());
  }
  return widths;
}

/** Each row as lines of its own: the first cell, and below it what the others are of. */
function records(headings: readonly string[], rows: readonly (readonly string[])[], columns: number): string {
  const label = Math.max(...headings.slice(1).map(({ length }) => length));
  return rows
    .map(([first = '', ...rest]) => {
      const lines = rest.flatMap((cell, index) =>
        cell === '' || cell === '–'
          ? []
          : [cut(`${GAP}${(headings[index + 1] ?? '').padEnd(label)}${GAP}${cell}`, columns)],
      );
      return [first, ...lines].join('\n');
    })
    .join('\n');
}
