/**
 * How operations are written: `put x 1` for `{ kind: 'put', key: 'x', value: 1 }`. The notation reads and prints them
 * so, and checkers name operations so in their explanations. A vocabulary says which fields follow a kind, in which
 * order; an operation that it does not cover is written with its fields as JSON (`merge ={"left":1,"right":2}`).
 */
import { invariant } from '../kernel/invariant.js';
import { formatTime } from '../kernel/time.js';
import type { AnyOperation } from './entry.js';
import type { RecordedOperation } from './operations.js';
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

/** `put x 1`, as the notation reads it back. `vocabulary` adds to the common one, or replaces kinds of it. */
export function printOperation(operation: AnyOperation, vocabulary: Vocabulary = {}): string {
  const fields = new Map(Object.entries(operation).filter(([field, value]) => field !== 'kind' && value !== undefined));
  const kind = printWord(operation.kind);
  const names = fieldsOf(operation.kind, fields.size, vocabulary);
  if (names?.every((name) => fields.has(name)) === true)
    return [kind, ...names.map((name) => printWord(fields.get(name)))].join(' ');
  return `${kind} =${printWord(Object.fromEntries(fields))}`;
}

/**
 * `put x 1` for explanations: what the common vocabulary lacks shows its values in the order of its own fields, operations
 * within it in brackets: `transaction (insert a) (delete b)`.
 */
export function describeOperation(operation: AnyOperation): string {
  const words = printOperation(operation);
  if (!words.includes(' ={')) return words;
  const values = Object.entries(operation).filter(([field, value]) => field !== 'kind' && value !== undefined);
  return [operation.kind, ...values.map(([, value]) => describeWord(value))].join(' ');
}

function describeWord(value: unknown): string {
  if (isOperation(value)) return `(${describeOperation(value)})`;
  return isListOfOperations(value) ? value.map(describeWord).join(' ') : printWord(value);
}

/** Whether `value` has a kind, and may therefore be told as operations are. */
export const isOperation = (value: unknown): value is AnyOperation =>
  typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string';

export const isListOfOperations = (value: unknown): value is readonly AnyOperation[] =>
  Array.isArray(value) && value.length > 0 && value.every(isOperation);

/** Kinds whose nil is an answer and not merely a lack of one. */
const ASKING = ['get', 'read', 'balance', 'inspect'];

/** `: 1`, what follows an operation that returned `result`. Nil is named only where it is an answer. */
export function printAnswer({ kind }: AnyOperation, result: unknown): string {
  const silent = (result === null || result === undefined) && !ASKING.includes(kind);
  return silent ? '' : `: ${printWord(result)}`;
}

/** `get x: 1`: an operation and what it returned. */
export function printAnswered(operation: AnyOperation, result: unknown, vocabulary: Vocabulary = {}): string {
  return printOperation(operation, vocabulary) + printAnswer(operation, result);
}

/** `get x: 1 (process 2, 3.100 ms)`: which operation of a history, for explanations. */
export function describeRecorded({ operation, outcome, process, invokedAt }: RecordedOperation): string {
  const answer = outcome.kind === 'ok' ? printAnswer(operation, outcome.result) : '';
  return `${describeOperation(operation)}${answer} (process ${process}, ${formatTime(invokedAt)})`;
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
    const known = wordingOf(kind, vocabulary);
    const wanted = known === undefined ? 'the vocabulary does not know it' : `it takes '${known}'`;
    return `'${words.join(' ')}' has ${rest.length} argument(s) for ${kind}, but ${wanted}; pass { vocabulary: { ${kind}: '…' } }`;
  });
  return { kind, ...Object.fromEntries(names.map((name, place) => [name, readWord(rest[place] ?? 'nil')])) };
}

/** The entry for `kind`; a kind may be called `toString`, so only own entries count. */
function wordingOf(kind: string, vocabulary: Vocabulary): string | undefined {
  if (Object.hasOwn(vocabulary, kind)) return vocabulary[kind];
  return Object.hasOwn(COMMON_VOCABULARY, kind) ? COMMON_VOCABULARY[kind] : undefined;
}

/** The names of `count` fields after `kind`: optional ones are left out from the last on. Undefined if none fit. */
function fieldsOf(kind: string, count: number, vocabulary: Vocabulary): readonly string[] | undefined {
  const text = wordingOf(kind, vocabulary);
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
