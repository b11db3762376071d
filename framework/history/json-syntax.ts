/**
 * Where JSON text goes wrong. `JSON.parse` names a position in some engines and versions and not in others; a report
 * about somebody else's file must name it always.
 */

export interface SyntaxProblem {
  /** Offset in the text, from 0. Equal to its length when the text ends too early. */
  readonly offset: number;
  readonly expected: string;
}

type Wanted = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma or ]' | 'comma or }' | 'end';

const WORDING: Readonly<Record<Wanted, string>> = {
  value: 'a value',
  'value or ]': "a value or ']'",
  key: 'a key in double quotes',
  'key or }': "a key in double quotes or '}'",
  colon: "':'",
  'comma or ]': "',' or ']'",
  'comma or }': "',' or '}'",
  end: 'the end of the line',
};
const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)/y;
/** What may be the beginning of a string that the text's end cuts off. */
const UNFINISHED_STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*(?:\\(?:u[0-9a-fA-F]{0,3})?)?$/y;
const UNFINISHED_SCALAR = /-?\d*(?:\d\.)?(?:[eE][+-]?)?$|t(?:ru?)?$|f(?:a(?:ls?)?)?$|n(?:ul?)?$/y;

/** The first place where `text` stops being one JSON value, or undefined if it is one. O(n), no recursion. */
export function findSyntaxProblem(text: string): SyntaxProblem | undefined {
  let offset = 0;
  let wanted: Wanted = 'value';
  const nesting: ('[' | '{')[] = [];
  const match = (pattern: RegExp): boolean => {
    pattern.lastIndex = offset;
    if (!pattern.test(text)) return false;
    offset = pattern.lastIndex;
    return true;
  };
  const afterValue = (): Wanted => {
    const inside = nesting.at(-1);
    if (inside === undefined) return 'end';
    return inside === '[' ? 'comma or ]' : 'comma or }';
  };
  for (;;) {
    match(SPACE);
    const here = text[offset];
    const expected = WORDING[wanted];
    if (here === undefined) return wanted === 'end' ? undefined : { offset, expected };
    const closes = (here === ']' && wanted.endsWith(']')) || (here === '}' && wanted.endsWith('}'));
    if (closes) {
      nesting.pop();
      offset++;
      wanted = afterValue();
    } else if (wanted.startsWith('value')) {
      if (here === '[' || here === '{') {
        nesting.push(here);
        offset++;
        wanted = here === '[' ? 'value or ]' : 'key or }';
      } else if (match(STRING) || match(SCALAR)) wanted = afterValue();
      else
        return { offset: cutOff(text, offset) ? text.length : offset, expected: here === '"' ? 'a string' : expected };
    } else if (wanted.startsWith('key')) {
      if (!match(STRING)) return { offset: here === '"' && cutOff(text, offset) ? text.length : offset, expected };
      wanted = 'colon';
    } else if (here === ':' && wanted === 'colon') {
      offset++;
      wanted = 'value';
    } else if (here === ',' && wanted.startsWith('comma')) {
      offset++;
      wanted = nesting.at(-1) === '[' ? 'value' : 'key';
    } else return { offset, expected };
  }
}

/** True when the text ends in the middle of the token that begins at `offset`. */
function cutOff(text: string, offset: number): boolean {
  const pattern = text[offset] === '"' ? UNFINISHED_STRING : UNFINISHED_SCALAR;
  pattern.lastIndex = offset;
  return pattern.test(text);
}
