/**
 * Histories as Jepsen and its kin record them: logs (`INFO jepsen.util - 0 :invoke :read nil`), EDN operations
 * (`{:process 0, :type :invoke, :f :write, :value 3}`, one after the other or in a vector), and JSON lines of the same
 * shape. Text in, entries out; reading never throws, and each problem names line and column. Where no times were recorded,
 * an entry's place in the history stands for its time, in microseconds.
 */
import { time } from '../kernel/time.js';
import { Keyword, readEdn, type Edn } from './edn.js';
import type { AnyOperation, Entry } from './entry.js';
import { findSyntaxProblem } from './json-syntax.js';
import type { ReadHistory, ReadProblem } from './jsonl.js';
import { findBreaches } from './well-formed.js';

/** One recorded line, before it is understood. */
interface Recorded {
  readonly line: number;
  /** Absent of JSON, where a line is an operation. */
  readonly column?: number;
  readonly process: Edn | undefined;
  readonly type: Edn | undefined;
  readonly f: Edn | undefined;
  readonly key: Edn | undefined;
  readonly value: Edn | undefined;
  /** Nanoseconds, if the recorder kept them. */
  readonly time: Edn | undefined;
}

/** A line of a Jepsen log; whatever stands before the process is the logger's. */
const LOG_LINE = /^(?:.*?\s-\s+)?(:?[\w-]+)\s+(:\w+)\s+(:[\w-]+)\s+/;

/** Reads a log, EDN or JSON lines: which one it is, the text itself tells. */
export function readJepsen(text: string): ReadHistory {
  const plain = text.replace(/^\uFEFF/, '');
  const first = /\S/.exec(plain)?.[0];
  const read = first === '[' || first === '{' ? readRecords(plain) : readLog(plain);
  return read.problems.length > 0 ? { kind: 'malformed', problems: read.problems } : understand(read.records);
}

interface Records {
  readonly records: readonly Recorded[];
  readonly problems: readonly ReadProblem[];
}

function readRecords(text: string): Records {
  return /^\s*\{\s*"/.test(text) ? readJson(text) : readMaps(text);
}

function readMaps(text: string): Records {
  const read = readEdn(text);
  if (read.kind === 'malformed') return { records: [], problems: [read.problem] };
  const records: Recorded[] = [];
  const problems: ReadProblem[] = [];
  for (const { value, line, column } of read.forms) {
    // A vector holds a whole history; the places of its maps are not kept.
    for (const one of Array.isArray(value) ? (value as readonly Edn[]) : [value])
      if (one instanceof Map) records.push(recordOf(one as ReadonlyMap<Edn, Edn>, { line, column }));
      else problems.push({ line, column, message: `expected an operation, a map like {:process 0, :type :invoke, …}` });
  }
  return { records, problems };
}

function recordOf(map: ReadonlyMap<Edn, Edn>, at: Pick<Recorded, 'line' | 'column'>): Recorded {
  const fields = new Map<string, Edn>();
  for (const [name, value] of map) if (name instanceof Keyword) fields.set(name.name, value);
  return {
    ...at,
    process: fields.get('process'),
    type: fields.get('type'),
    f: fields.get('f'),
    key: fields.get('key'),
    value: fields.get('value'),
    time: fields.get('time'),
  };
}

function readJson(text: string): Records {
  const records: Recorded[] = [];
  const problems: ReadProblem[] = [];
  for (const [place, source] of text.split('\n').entries()) {
    if (source.trim() === '') continue;
    const line = place + 1;
    const syntax = findSyntaxProblem(source);
    if (syntax !== undefined) {
      problems.push({ line, column: syntax.offset + 1, message: `not JSON: expected ${syntax.expected} here` });
      continue;
    }
    const value = fromJson(JSON.parse(source));
    if (value instanceof Map) records.push(recordOf(value as ReadonlyMap<Edn, Edn>, { line }));
    else problems.push({ line, message: 'expected an operation, an object like {"process": 0, …}' });
  }
  return { records, problems };
}

function fromJson(value: unknown): Edn {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== 'object' || value === null) return null;
  return new Map(Object.entries(value).map(([name, field]) => [new Keyword(name), fromJson(field)] as const));
}

function readLog(text: string): Records {
  const records: Recorded[] = [];
  const problems: ReadProblem[] = [];
  for (const [place, source] of text.split('\n').entries()) {
    const line = place + 1;
    if (source.trim() === '') continue;
    const [head, process, type, f] = LOG_LINE.exec(source) ?? [];
    if (head === undefined || process === undefined || type === undefined || f === undefined) {
      problems.push({ line, column: 1, message: 'expected `… - <process> :<type> :<f> <value>`, as Jepsen logs it' });
      continue;
    }
    const value = readEdn(source, head.length);
    if (value.kind === 'malformed') problems.push({ ...value.problem, line });
    else if (value.forms.length === 0)
      problems.push({ line, column: head.length + 1, message: 'expected a value (nil, if there is none)' });
    else
      records.push({
        line,
        column: 1,
        process: /^\d+$/.test(process) ? Number(process) : process,
        type: new Keyword(type.slice(1)),
        f: new Keyword(f.slice(1)),
        key: undefined,
        value: value.forms[0]?.value,
        time: undefined,
      });
  }
  return { records, problems };
}

/** From records to entries. What is no client's (the nemesis') is left out. */
function understand(records: readonly Recorded[]): ReadHistory {
  const history: Entry[] = [];
  const lineOf: number[] = [];
  const problems: ReadProblem[] = [];
  const open = new Map<number, AnyOperation>();
  let last = 0;
  for (const [place, record] of records.entries()) {
    const { line, process } = record;
    const refuse = (message: string) => problems.push(problemOf(record, message));
    if (typeof process !== 'number') {
      if (process === undefined) refuse('expected :process, got nothing');
      continue;
    }
    const type = textOf(record.type);
    // Recorded nanoseconds, or the place in the history. Never back: entries are in the order of recording.
    last = Math.max(last, typeof record.time === 'number' ? Math.floor(record.time / 1_000) : place);
    const at = { process, time: time(last) };
    const before = history.length;
    if (type === 'invoke') {
      const operation = operationOf(record);
      if (typeof operation === 'string') refuse(operation);
      else {
        open.set(process, operation);
        history.push({ type: 'invoke', ...at, operation });
      }
    } else if (type === 'ok') {
      history.push({ type: 'ok', ...at, result: resultOf(record, open.get(process)) });
    } else if (type === 'fail' || type === 'info') {
      history.push({ type, ...at, reason: textOf(record.value) ?? type });
    } else refuse(`expected :type to be :invoke, :ok, :fail or :info, got ${type ?? 'nothing'}`);
    if (history.length > before) lineOf.push(line);
  }
  if (problems.length > 0) return { kind: 'malformed', problems };
  const kept = withoutReuse(history);
  for (const { index, message, remedy } of findBreaches(kept))
    problems.push({ line: lineOf[index] ?? 0, message: `${message}; ${remedy}` });
  return problems.length > 0
    ? { kind: 'malformed', problems }
    : { kind: 'history', history: kept, header: { source: 'jepsen' } };
}

/** In the words of its form: what is `:type` in EDN is `"type"` in JSON, and a vector is an array. */
function problemOf({ line, column }: Recorded, message: string): ReadProblem {
  if (column !== undefined) return { line, column, message };
  return { line, message: message.replaceAll(/(?<!\S):([a-z]\w*)/g, '"$1"').replaceAll('a vector', 'an array') };
}

const textOf = (value: Edn | undefined): string | undefined =>
  value instanceof Keyword ? value.name : typeof value === 'string' ? value : undefined;

/** The names that recorders give to what a specification knows under another. */
const KINDS: Readonly<Record<string, string>> = {
  'compare-and-set': 'cas',
  del: 'delete',
  enq: 'enqueue',
  deq: 'dequeue',
};

type OperationWithFields = AnyOperation & Readonly<Record<string, unknown>>;

/** The operation that a record invokes, or what is wrong with it. */
function operationOf({ f, key, value }: Recorded): OperationWithFields | string {
  const name = textOf(f);
  if (name === undefined) return 'expected :f to name the operation, got nothing';
  const kind = KINDS[name] ?? name;
  const keyed = key === undefined ? {} : { key: plain(key) };
  switch (kind) {
    case 'read':
    case 'get':
    case 'dequeue':
    case 'delete':
      return { kind, ...keyed };
    case 'cas': {
      const pair = Array.isArray(value) ? (value as readonly Edn[]) : [];
      if (pair.length !== 2) return 'expected the :value of a :cas to be a vector [from to]';
      return { kind, ...keyed, from: plain(pair[0]), to: plain(pair[1]) };
    }
    case 'txn':
      return transactionOf(value);
    case 'add':
      // To a counter it is an amount, to a set a value.
      return { kind, ...keyed, amount: plain(value), value: plain(value) };
    default:
      return { kind, ...keyed, value: plain(value) };
  }
}

/** A transaction in Elle's form: `[[:append x 1] [:r y nil] [:w z 2]]`. */
function transactionOf(value: Edn | undefined): OperationWithFields | string {
  const wrong = 'expected the :value of a :txn to be a vector of [:r key nil], [:append key value] or [:w key value]';
  if (!Array.isArray(value)) return wrong;
  const micro: unknown[] = [];
  for (const one of value as readonly Edn[]) {
    const [f, key, written] = Array.isArray(one) ? (one as readonly Edn[]) : [];
    const name = textOf(f);
    if (key === undefined || key === null || (name !== 'r' && name !== 'append' && name !== 'w')) return wrong;
    if (name === 'r') micro.push({ f: name, key: String(plain(key)) });
    else if (typeof written === 'number' || typeof written === 'string')
      micro.push({ f: name, key: String(plain(key)), value: written });
    else return wrong;
  }
  return { kind: 'txn', micro };
}

/** What an answered operation returned: a read its value, a compare-and-set that it took effect, a write nothing. */
function resultOf({ value }: Recorded, operation: AnyOperation | undefined): unknown {
  switch (operation?.kind) {
    case 'read':
    case 'get':
    case 'dequeue':
      return plain(value);
    case 'cas':
      return true;
    case 'txn':
      return Array.isArray(value)
        ? (value as readonly Edn[]).map((one) =>
            Array.isArray(one) && textOf((one as readonly Edn[])[0]) === 'r' ? plain((one as readonly Edn[])[2]) : null,
          )
        : [];
    default:
      return null;
  }
}

/** EDN as JSON. */
function plain(value: Edn | undefined): unknown {
  if (value === undefined || value === null) return null;
  if (value instanceof Keyword) return value.name;
  if (Array.isArray(value)) return (value as readonly Edn[]).map(plain);
  if (value instanceof Set) return [...(value as ReadonlySet<Edn>)].map(plain).sort(byText);
  if (!(value instanceof Map)) return value;
  const record: Record<string, unknown> = {};
  for (const [name, field] of value as ReadonlyMap<Edn, Edn>) record[String(plain(name))] = plain(field);
  return record;
}

/** A set has no order: it is given the one that the specification of sets returns values in. */
function byText(one: unknown, other: unknown): number {
  const [left, right] = [one, other].map((value) => `${String(value)} ${typeof value}`);
  return left === right ? 0 : (left ?? '') < (right ?? '') ? -1 : 1;
}

/**
 * A process that goes on after an unknown outcome goes on under a new number: some recorders use the old one again, which
 * says nothing of whether its last operation is over.
 */
function withoutReuse(history: readonly Entry[]): Entry[] {
  const names = new Map<number, number>();
  let next = history.reduce((most, { process }) => Math.max(most, process), 0) + 1;
  const retired = new Set<number>();
  return history.map((entry) => {
    if (entry.type === 'invoke' && retired.delete(entry.process)) names.set(entry.process, next++);
    if (entry.type === 'info') retired.add(entry.process);
    return { ...entry, process: names.get(entry.process) ?? entry.process };
  });
}
