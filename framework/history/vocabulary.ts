/**
 * How operations are written: `put x 1` for `{ kind: 'put', key: 'x', value: 1 }`. The notation reads and prints them
 * so, and checkers name operations so in their explanations. A vocabulary says which fields follow a kind, in which
 * order; an operation that it does not cover is written with its fields as JSON (`merge ={"left":1,"right":2}`).
 */
import { invariant } from '../kernel/invariant.js';
import type { AnyOperation } from './entry.js';
import { printWord, readWord } from './notation-words.js';

/** The fields of each kind, in order, separated by spaces. `key?` may be left out: `{ cas: 'key? from to' }`. */
export type Vocabulary = Readonly<Record<string, string>>;

/** The operations of the specs that come with faultline, as far as their names do not clash. */
export const COMMON_VOCABULARY: Vocabulary = {
  put: 'key value',
  get: 'key',
  append: 'key value',
  delete: 'key',
  cas: 'key? from to',
  write: 'key? value',
  read: 'key?',
  add: 'amount',
  deposit: 'account amount',
  withdraw: 'account amount',
  balance: 'account',
  transfer: 'from to amount',
  inspect: 'node',
};

/** `put x 1`. `vocabulary` adds to the common one, or replaces kinds of it. */
export function printOperation(operation: AnyOperation, vocabulary: Vocabulary = {}): string {
  const fields = new Map(Object.entries(operation).filter(([field, value]) => field !== 'kind' && value !== undefined));
  const kind = printWord(operation.kind);
  const names = fieldsOf(operation.kind, fields.size, vocabulary);
  if (names?.every((name) => fields.has(name)) === true)
    return [kind, ...names.map((name) => printWord(fields.get(name)))].join(' ');
  return `${kind} =${printWord(Object.fromEntries(fields))}`;
}

/** Kinds whose nil is an answer and not merely a lack of one. */
const ASKING = ['get', 'read', 'balance', 'inspect'];

/** `get x: 1`: the operation and what it returned. Nil is named only where it is an answer. */
export function printAnswered(operation: AnyOperation, result: unknown, vocabulary: Vocabulary = {}): string {
  const words = printOperation(operation, vocabulary);
  const silent = (result === null || result === undefined) && !ASKING.includes(operation.kind);
  return silent ? words : `${words}: ${printWord(result)}`;
}

/** The operation that `words` spell. Throws when the vocabulary does not say what they mean. */
export function readOperation(words: readonly string[], vocabulary: Vocabulary = {}): AnyOperation {
  const [first, ...rest] = words;
  invariant(first !== undefined, 'expected an operation such as put x 1, got nothing');
  const named = readWord(first);
  const kind = typeof named === 'string' ? named : first;
  const [only] = rest;
  if (rest.length === 1 && only?.startsWith('=') === true) {
    const value = readWord(only.slice(1));
    invariant(typeof value === 'object' && value !== null, `expected a JSON object after =, got ${only}`);
    return { ...value, kind };
  }
  const names = fieldsOf(kind, rest.length, vocabulary);
  invariant(names !== undefined, () => {
    const known = vocabulary[kind] ?? COMMON_VOCABULARY[kind];
    const wanted = known === undefined ? 'the vocabulary does not know it' : `it takes '${known}'`;
    return `'${words.join(' ')}' has ${rest.length} argument(s) for ${kind}, but ${wanted}; pass { vocabulary: { ${kind}: '…' } }`;
  });
  return { kind, ...Object.fromEntries(names.map((name, place) => [name, readWord(rest[place] ?? 'nil')])) };
}

/** The names of `count` fields after `kind`: optional ones are left out from the last on. Undefined if none fit. */
function fieldsOf(kind: string, count: number, vocabulary: Vocabulary): readonly string[] | undefined {
  const text = vocabulary[kind] ?? COMMON_VOCABULARY[kind];
  if (text === undefined) return count === 0 ? [] : undefined;
  const all = text.split(' ').filter((name) => name !== '');
  let spare = count - all.filter((name) => !name.endsWith('?')).length;
  const names: string[] = [];
  for (const name of all) {
    if (!name.endsWith('?')) names.push(name);
    else if (spare-- > 0) names.push(name.slice(0, -1));
  }
  return names.length === count ? names : undefined;
}
