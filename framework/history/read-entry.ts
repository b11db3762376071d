/** The shape of one entry, checked: the door through which data of unknown shape becomes a typed `Entry`. */
import { time as asTime } from '../kernel/time.js';
import type { AnyOperation, Entry } from './entry.js';

export type ReadEntry =
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

const TYPES = ['invoke', 'ok', 'fail', 'info'] as const;

/** `value` as an entry, or everything that keeps it from being one. Fields that an entry does not have are refused. */
export function readEntry(value: unknown): ReadEntry {
  if (!isRecord(value)) return { kind: 'problems', problems: [expected('an entry', 'an object', value)] };
  const { process, time, operation, reason } = value;
  const type = TYPES.find((known) => known === value['type']);
  const problems: string[] = [];
  const need = (good: boolean, field: string, what: string): void => {
    if (!good) problems.push(expected(`'${field}'`, what, value[field]));
  };
  need(type !== undefined, 'type', "one of 'invoke', 'ok', 'fail', 'info'");
  need(isCount(process), 'process', 'a whole number from 0');
  need(isCount(time), 'time', 'whole microseconds from 0');
  if (type === 'invoke') need(isOperation(operation), 'operation', "an object with a string 'kind'");
  if (type === 'fail' || type === 'info') need(typeof reason === 'string', 'reason', 'a string');
  if (type !== undefined) {
    const own = type === 'invoke' ? 'operation' : type === 'ok' ? 'result' : 'reason';
    for (const field of Object.keys(value).sort())
      if (!['type', 'process', 'time', own].includes(field))
        problems.push(
          `expected the fields type, process, time and ${own} in an entry of type '${type}', got '${field}' as well`,
        );
  }
  const at = { process: isCount(process) ? process : 0, time: asTime(isCount(time) ? time : 0) };
  if (problems.length === 0) {
    if (type === 'invoke' && isOperation(operation)) return { kind: 'entry', entry: { type, ...at, operation } };
    if (type === 'ok') return { kind: 'entry', entry: { type, ...at, result: value['result'] ?? null } };
    if ((type === 'fail' || type === 'info') && typeof reason === 'string')
      return { kind: 'entry', entry: { type, ...at, reason } };
  }
  return { kind: 'problems', problems };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const isOperation = (value: unknown): value is AnyOperation => isRecord(value) && typeof value['kind'] === 'string';

function expected(subject: string, what: string, got: unknown): string {
  const text = got === undefined ? 'nothing' : JSON.stringify(got);
  return `expected ${subject} to be ${what}, got ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
}
