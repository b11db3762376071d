/** Text in a picture: how wide it is, how it is cut, and the element that shows it. */
import { escape } from './linearization-svg.js';

/** What turns text around, or breaks its line, has no place in a label. */
export const clean = (words: string): string =>
  words.replaceAll(/[\s\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]+/g, ' ').trim();

/** East Asian characters, and whatever else is beyond the first alphabets and signs, take two columns. */
const widthOf = (character: string): number =>
  /[\u1100-\u1FFF\u2E80-\uD7FF\uE000-\uFFEF\u{10000}-\u{10FFFF}]/u.test(character) ? 2 : 1;

/** How many columns of a fixed-width font `words` take. */
export const columnsOf = (words: string): number =>
  Array.from(words).reduce((sum, character) => sum + widthOf(character), 0);

/** `words`, cleaned, or their beginning and … where they take more than `columns`; nothing where not even that fits. */
export function shorten(words: string, columns: number): string {
  const whole = clean(words);
  if (columnsOf(whole) <= columns) return whole;
  if (columns < 1) return '';
  let left = columns - 1;
  let kept = '';
  for (const character of whole) {
    left -= widthOf(character);
    if (left < 0) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

export interface TextOptions {
  readonly anchor?: 'start' | 'middle' | 'end';
  /** Classes. */
  readonly kind?: string;
}

/** A text element with its baseline at `y`; none for no text. */
export function text(x: number, y: number, words: string, { anchor = 'start', kind = '' }: TextOptions = {}): string {
  if (words === '') return '';
  const attributes = `${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}${kind === '' ? '' : ` class="${kind}"`}`;
  return `<text x="${x}" y="${y}"${attributes}>${escape(words)}</text>`;
}

/** What is shown when the pointer rests on an element, without anything left out. */
export const tooltip = (words: string): string => `<title>${escape(words)}</title>`;
