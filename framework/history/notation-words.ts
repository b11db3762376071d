/**
 * The words of the ASCII notation: values as text and text as values. Short values stay bare so that a history reads as
 * a drawing; whatever would be misread bare is written as JSON.
 */
import { invariant } from '../kernel/invariant.js';
import { canonicalJson } from '../kernel/plain-data.js';

const BARE = /^\w(?:[\w./@+-]*[\w./@+])?$/;
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** A JSON string, a bracket, or a run of characters that are neither. */
const PIECE = /"(?:[^"\\]|\\.)*"|[[\]{}]|[^\s"[\]{}]+|\s+/y;

/** `1`, `nil`, `true`, `alice`, `"two words"`, `[1,2]`, `{"a":1}`. Printable ASCII only. */
export function printWord(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (typeof value === 'string' && BARE.test(value) && typeof readWord(value) === 'string') return value;
  return canonicalJson(value).replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The value that `word` stands for. Throws when it looks like JSON and is not. */
export function readWord(word: string): unknown {
  if (word === 'nil') return null;
  if (word === 'true' || word === 'false') return word === 'true';
  if (NUMBER.test(word)) return Number(word);
  if (!/^["[{]/.test(word)) return word;
  try {
    const value: unknown = JSON.parse(word);
    return value;
  } catch {
    invariant(false, `expected JSON, got ${word}`);
  }
}

export interface Words {
  readonly words: readonly string[];
  /** What follows the colon, if there is one. */
  readonly result: readonly string[] | undefined;
}

/** Splits `put x [1, 2]: ok` at white space outside brackets and quotes, and at the one colon that ends a word. */
export function splitWords(label: string): Words {
  const words: string[] = [];
  let result: string[] | undefined;
  let word = '';
  let depth = 0;
  let offset = 0;
  const end = (): void => {
    if (word !== '') (result ?? words).push(word);
    word = '';
  };
  while (offset < label.length) {
    PIECE.lastIndex = offset;
    const piece = PIECE.exec(label)?.[0];
    invariant(piece !== undefined, `a string in '${label}' has no closing quote`);
    offset += piece.length;
    if (piece === '[' || piece === '{') depth++;
    if (piece === ']' || piece === '}') depth--;
    invariant(depth >= 0, `'${label}' has a ${piece} too many`);
    if (depth > 0 || /^["[\]{}]/.test(piece)) word += piece;
    else if (/^\s/.test(piece)) end();
    else if (piece.endsWith(':')) {
      word += piece.slice(0, -1);
      end();
      invariant(result === undefined, `'${label}' has two colons; write strings with colons in double quotes`);
      result = [];
    } else {
      invariant(
        !piece.includes(':'),
        `'${label}': a space follows the colon; write strings with colons in double quotes`,
      );
      word += piece;
    }
  }
  invariant(depth === 0, `a bracket in '${label}' is not closed`);
  end();
  return { words, result };
}
