/**
 * EDN, the notation of Clojure's data (https://github.com/edn-format/edn), as far as recorded histories use it: nil,
 * booleans, numbers, strings, characters, keywords, symbols, lists, vectors, maps, sets, tagged elements, comments and
 * `#_`. The readers on npm take a truncated text for nil; this one names line and column.
 */

/** A keyword such as `:timed-out`; `name` is without the colon. */
export class Keyword {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * What a form becomes: nil is null, a vector or list an array, a map a Map (its keys may be of any kind), a set a Set, a
 * symbol or character a string. A tagged element is its value; the tag is dropped.
 */
export type Edn =
  null | boolean | number | string | Keyword | readonly Edn[] | ReadonlyMap<Edn, Edn> | ReadonlySet<Edn>;

/** A value, and where it begins in the text. */
export interface EdnForm {
  readonly value: Edn;
  /** Where it begins, both from 1. */
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a text, and where. */
export interface EdnProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** The forms of a text, or what is wrong with it. */
export type ReadEdn =
  | { readonly kind: 'forms'; readonly forms: readonly EdnForm[] }
  | { readonly kind: 'malformed'; readonly problem: EdnProblem };

const CLOSES: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const SPACE = /(?:[\s,]|;[^\n]*)*/y;
const TOKEN = /[^\s,;"()[\]{}]+/y;
const STRING = /"((?:[^"\\]|\\[^])*)"/y;
const NUMBER = /^[+-]?\d+(?:N|(?:\.\d*)?(?:[eE][+-]?\d+)?M?)$/;
const RATIO = /^([+-]?\d+)\/(\d+)$/;
const ESCAPES: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n', '\\': '\\', '"': '"', b: '\b', f: '\f' };
const CHARACTERS: Readonly<Record<string, string>> = { newline: '\n', return: '\r', space: ' ', tab: '\t' };
const DEPTH_MAX = 200;

class Malformed extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** Every form of `text`, in order. `offset` is where to begin. Reads on to the end, and never throws. O(n). */
export function readEdn(text: string, offset = 0): ReadEdn {
  const place = placesIn(text);
  const reader = new Reader(text, offset);
  const forms: EdnForm[] = [];
  try {
    for (;;) {
      const start = reader.skip();
      if (start === text.length) return { kind: 'forms', forms };
      forms.push({ value: reader.form(0), ...place(start) });
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { kind: 'malformed', problem: { ...place(error.offset), message: error.message } };
  }
}

class Reader {
  private readonly text: string;
  private offset: number;

  constructor(text: string, offset: number) {
    this.text = text;
    this.offset = offset;
  }

  /** Goes past space, comments and discarded forms, and says where that leads. */
  skip(): number {
    for (;;) {
      this.match(SPACE);
      if (!this.text.startsWith('#_', this.offset)) return this.offset;
      this.offset += 2;
      this.form(0);
    }
  }

  form(depth: number): Edn {
    const start = this.skip();
    if (depth > DEPTH_MAX) throw new Malformed(start, `nested deeper than ${DEPTH_MAX} levels`);
    const here = this.text[start];
    if (here === undefined) throw new Malformed(start, 'expected a value, but the text ends here (is it truncated?)');
    if (here === '"') return this.string();
    if (here === '\\') return this.character();
    if (here in CLOSES) {
      this.offset++;
      return here === '{' ? this.map(start, depth) : this.sequence(start, here, depth);
    }
    if (here === '#') return this.dispatch(depth);
    if (here === ')' || here === ']' || here === '}') throw new Malformed(start, `expected a value, got '${here}'`);
    return this.token();
  }

  private sequence(start: number, opened: string, depth: number): Edn[] {
    const closes = CLOSES[opened] ?? '';
    const items: Edn[] = [];
    for (;;) {
      const at = this.skip();
      const here = this.text[at];
      if (here === closes) {
        this.offset++;
        return items;
      }
      if (here === undefined) throw this.unclosed(start, opened);
      if (here === ')' || here === ']' || here === '}')
        throw new Malformed(at, `expected a value or '${closes}', got '${here}'`);
      items.push(this.form(depth + 1));
    }
  }

  private map(start: number, depth: number): Edn {
    const items = this.sequence(start, '{', depth);
    if (items.length % 2 === 1) throw new Malformed(start, 'this map has a key without a value');
    const map = new Map<Edn, Edn>();
    for (let at = 0; at < items.length; at += 2) map.set(items[at] ?? null, items[at + 1] ?? null);
    return map;
  }

  private dispatch(depth: number): Edn {
    const start = this.offset;
    const next = this.text[start + 1];
    if (next === '{') {
      this.offset += 2;
      return new Set(this.sequence(start, '{', depth));
    }
    if (next === '#') {
      // ##Inf, ##-Inf and ##NaN are numbers that JSON does not have.
      this.offset += 2;
      return `##${this.match(TOKEN) ?? ''}`;
    }
    if (next === undefined || !/[A-Za-z]/.test(next))
      throw new Malformed(
        start,
        `expected a set or a tag after '#', got ${next === undefined ? 'the end' : `'${next}'`}`,
      );
    this.match(TOKEN);
    return this.form(depth + 1);
  }

  private string(): string {
    const start = this.offset;
    const whole = this.match(STRING);
    if (whole === undefined) throw this.unclosed(start, '"');
    return whole.slice(1, -1).replaceAll(/\\(u[0-9a-fA-F]{4}|[^])/g, (_, escape: string) => {
      if (escape.length > 1) return String.fromCharCode(parseInt(escape.slice(1), 16));
      const meant = ESCAPES[escape];
      if (meant === undefined) throw new Malformed(start, `this string has the unknown escape \\${escape}`);
      return meant;
    });
  }

  private character(): string {
    const start = this.offset;
    this.offset++;
    const name = this.match(TOKEN) ?? this.text[this.offset++];
    if (name === undefined) throw new Malformed(start, "expected a character after '\\', but the text ends here");
    if (/^u[0-9a-fA-F]{4}$/.test(name)) return String.fromCharCode(parseInt(name.slice(1), 16));
    return CHARACTERS[name] ?? name;
  }

  private token(): Edn {
    const start = this.offset;
    const word = this.match(TOKEN) ?? '';
    if (word === 'nil') return null;
    if (word === 'true') return true;
    if (word === 'false') return false;
    if (word.startsWith(':')) {
      if (word.length > 1) return new Keyword(word.slice(1));
      throw new Malformed(start, "expected a name after ':'");
    }
    if (!/^[+-]?\d/.test(word)) return word;
    if (NUMBER.test(word)) return Number(word.replace(/[NM]$/, ''));
    const [, above, below] = RATIO.exec(word) ?? [];
    if (above !== undefined && below !== undefined) return Number(above) / Number(below);
    throw new Malformed(start, `expected a number, got '${word}'`);
  }

  private unclosed(start: number, opened: string): Malformed {
    const what = opened === '"' ? 'this string' : `this '${opened}'`;
    return new Malformed(start, `${what} is never closed: the text ends first (is it truncated?)`);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.offset;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.offset = pattern.lastIndex;
    return found;
  }
}

/** Line and column of offsets that are asked for in rising order, but for the last. */
function placesIn(text: string): (offset: number) => { readonly line: number; readonly column: number } {
  let line = 1;
  let from = 0;
  return (offset) => {
    for (;;) {
      const end = text.indexOf('\n', from);
      if (end < 0 || end >= offset) break;
      line++;
      from = end + 1;
    }
    if (offset >= from) return { line, column: offset - from + 1 };
    const before = text.slice(0, offset).split('\n');
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  };
}
