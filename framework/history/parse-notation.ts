/**
 * Reads histories drawn in ASCII: one line per process, columns are time. Tests and documents show histories so because
 * what matters in them, which operations overlap, is visible.
 *
 *     P0 |--put x 1--|      |--get x: 1--|     `|` begins an operation, `|` ends one that is ok
 *     P1     |--get x: nil------|              after a colon comes the result, without one it is nil
 *     P2   |--put x 2----?                     info: nobody knows; the process is retired
 *     P3   |--put x 3--!(conflict)             fail, with a reason in parentheses (`?` may have one too)
 *     P4          |--put x 4---                still open when the history ends
 *
 * Values are numbers, `nil`, `true`, `false`, bare words, or JSON. Blank lines and lines that begin with `#` are skipped.
 */
import { invariant, InvariantError } from '../kernel/invariant.js';
import { MILLISECOND, time } from '../kernel/time.js';
import type { AnyOperation, Entry, History } from './entry.js';
import { readWord, splitWords } from './notation-words.js';
import { readOperation, type Vocabulary } from './vocabulary.js';

/** What a drawing means where the common vocabulary does not say it. */
export interface NotationOptions {
  /** The order of the fields of kinds that the common vocabulary lacks, or has otherwise. */
  readonly vocabulary?: Vocabulary;
}

/** What an outcome is called when the drawing gives no reason. */
export const DEFAULT_REASON = { fail: 'failed', info: 'unknown' } as const;

interface Mark<O extends AnyOperation> {
  readonly column: number;
  readonly entry: Entry<O>;
}

/**
 * The history that `text` draws. One column is one millisecond. In the same column invocations come before completions:
 * operations that touch overlap. The caller names the type of the operations it drew. Throws with line and column when
 * the drawing cannot be read.
 */
export function parseNotation<O extends AnyOperation = AnyOperation>(
  text: string,
  options: NotationOptions = {},
): History<O> {
  const marks: Mark<O>[] = [];
  const lineOf = new Map<number, number>();
  for (const [place, line] of dedent(text.split('\n')).entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const label = /^P(\d+)(?= )/.exec(line);
    if (label === null) throw problem({ line, place, column: 0, message: "expected a process ('P0 ') or a # comment" });
    const process = Number(label[1]);
    const earlier = lineOf.get(process);
    if (earlier !== undefined)
      throw problem({
        line,
        place,
        column: 0,
        message: `P${process} has line ${earlier + 1} already; a process is one line`,
      });
    lineOf.set(process, place);
    try {
      marks.push(...parseProcess<O>(line, label[0].length, process, options));
    } catch (error) {
      if (!(error instanceof DrawingError)) throw error;
      throw problem({ line, place, column: error.column, message: error.message });
    }
  }
  const late = ({ entry }: Mark<O>): number => (entry.type === 'invoke' ? 0 : 1);
  // The sort is stable: entries of one column and one type stay in the order of the lines.
  marks.sort((one, other) => one.column - other.column || late(one) - late(other));
  return marks.map(({ entry }) => entry);
}

class DrawingError extends Error {
  readonly column: number;
  constructor(column: number, message: string) {
    super(message);
    this.column = column;
  }
}

function parseProcess<O extends AnyOperation>(
  line: string,
  from: number,
  process: number,
  options: NotationOptions,
): Mark<O>[] {
  const marks: Mark<O>[] = [];
  const mark = (column: number, entry: Entry<O>): void => void marks.push({ column, entry });
  let column = from;
  let retired = false;
  for (;;) {
    while (line[column] === ' ') column++;
    if (column >= line.length) return marks;
    if (retired)
      throw new DrawingError(column, `P${process} is retired by its ?; draw what follows as another process`);
    if (line[column] !== '|')
      throw new DrawingError(column, "expected '|' to begin an operation; each has a '|' of its own");
    const opened = column;
    const closed = findClose(line, opened + 1);
    const label = line
      .slice(opened + 1, closed)
      .replace(/^-+/, '')
      .replace(/-+\s*$/, '')
      .trim();
    const { operation, result } = at(opened, () => readLabel(label, options));
    mark(opened, { type: 'invoke', process, time: timeOf(opened), operation: operation as O });
    column = closed + 1;
    const close = line[closed];
    if (close === undefined) return marks;
    if (close === '|') {
      mark(closed, { type: 'ok', process, time: timeOf(closed), result: result ?? null });
      continue;
    }
    if (result !== undefined) throw new DrawingError(closed, `'${label}' has a result, but only '|' ends with one`);
    const type = close === '?' ? 'info' : 'fail';
    const reason = /^ *\(("(?:[^"\\]|\\.)*"|[^)]*)\)/.exec(line.slice(column));
    column += reason?.[0].length ?? 0;
    const words = reason?.[1] ?? DEFAULT_REASON[type];
    const spelled = at(column, () => (words.startsWith('"') ? String(readWord(words)) : words));
    mark(closed, { type, process, time: timeOf(closed), reason: spelled });
    retired = type === 'info';
  }
}

const timeOf = (column: number) => time(column * MILLISECOND);

/** The column of the `|`, `?` or `!` that ends the operation, or the line's length. Quoted ones do not count. */
function findClose(line: string, from: number): number {
  const skipped = /^(?:"(?:[^"\\]|\\.)*"|[^|?!"])*/.exec(line.slice(from));
  const column = from + (skipped?.[0].length ?? 0);
  if (line[column] === '"') throw new DrawingError(column, 'this string has no closing quote');
  return column;
}

function readLabel(label: string, { vocabulary }: NotationOptions): { operation: AnyOperation; result: unknown } {
  const { words, result } = splitWords(label);
  const [value] = result ?? [];
  invariant(result === undefined || result.length === 1, `expected one value after the colon in '${label}'`);
  return { operation: readOperation(words, vocabulary), result: value === undefined ? undefined : readWord(value) };
}

/** Runs `read`; what it finds wrong is wrong at `column`. */
function at<T>(column: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof InvariantError ? new DrawingError(column, error.message) : error;
  }
}

function problem(where: { line: string; place: number; column: number; message: string }): InvariantError {
  const { line, place, column, message } = where;
  return new InvariantError(
    `notation, line ${place + 1}, column ${column + 1}: ${message}\n  ${line}\n  ${' '.repeat(column)}^`,
  );
}

/** The lines without the indentation that all of them share. */
function dedent(lines: readonly string[]): string[] {
  const margins = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const margin = margins.length === 0 ? 0 : Math.min(...margins);
  return lines.map((line) => line.slice(margin).trimEnd());
}
