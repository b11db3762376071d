/** Histories that others recorded: their notations, what is wrong with them, and verdicts that are known. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkLinearizability,
  Keyword,
  operationsOf,
  readEdn,
  readHistory,
  writeJsonLines,
  type AnyOperation,
  type Edn,
  type History,
  type Spec,
} from 'faultline';
import { counter, register, textKeyValue, valueSet } from 'faultline/models';
import { families, smallHistory } from './fixtures/checker-families.js';

function forms(text: string): readonly Edn[] {
  const read = readEdn(text);
  if (read.kind === 'malformed') throw new Error(`${read.problem.line}:${read.problem.column} ${read.problem.message}`);
  return read.forms.map(({ value }) => value);
}

describe('EDN', () => {
  test('every kind of form has a value', () => {
    expect(forms('nil true false 1 -2.5 3N 1.5M 2e3 1/4')).toEqual([null, true, false, 1, -2.5, 3, 1.5, 2000, 0.25]);
    expect(forms('"a\\n\\"b\\u0041" \\newline \\x sym :key/word')).toEqual([
      'a\n"bA',
      '\n',
      'x',
      'sym',
      new Keyword('key/word'),
    ]);
    expect(forms('[1 [2 (3)]] #{4} {:a 1, "b" nil} {}')).toEqual([
      [1, [2, [3]]],
      new Set([4]),
      new Map<Edn, Edn>([
        [new Keyword('a'), 1],
        ['b', null],
      ]),
      new Map(),
    ]);
    expect(forms('; a comment\n 1 #_ [dropped] 2 #inst "2026-01-01" #jepsen.history.Op {:a 1} ##Inf')).toEqual([
      1,
      2,
      '2026-01-01',
      new Map([[new Keyword('a'), 1]]),
      '##Inf',
    ]);
  });

  for (const [text, where, message] of [
    ['{:a 1', '1:1', /this '\{' is never closed.*truncated/],
    ['[1\n 2 }', '2:4', /expected a value or '\]', got '\}'/],
    ['{:a}', '1:1', /a key without a value/],
    ['1 "abc', '1:3', /this string is never closed/],
    ['nil\n\n  1x', '3:3', /expected a number, got '1x'/],
    [')', '1:1', /expected a value, got '\)'/],
    ['[1 #', '1:4', /expected a set or a tag after '#', got the end/],
    ['"\\q"', '1:1', /unknown escape \\q/],
    [': ', '1:1', /expected a name after ':'/],
    ['#_', '1:3', /the text ends here/],
  ] as const)
    test(`${JSON.stringify(text)} is malformed at ${where}`, () => {
      const read = readEdn(text);
      expect(read.kind).toBe('malformed');
      if (read.kind !== 'malformed') return;
      expect(`${read.problem.line}:${read.problem.column}`).toBe(where);
      expect(read.problem.message).toMatch(message);
    });

  test('no text makes the reader throw, or go on for ever', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
      '#',
      '"',
      '\\',
      ':a',
      '1',
      'nil',
      ' ',
      '\n',
      ';',
      '#_',
      '#{',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (list) => {
        expect(['forms', 'malformed']).toContain(readEdn(list.join('')).kind);
      }),
      { seed: 1, numRuns: 3_000 },
    );
  });
});

const LOG = `
INFO  jepsen.util - 0	:invoke	:write	1
INFO  jepsen.util - 1	:invoke	:read	nil
INFO  jepsen.util - 0	:ok	:write	1
INFO  jepsen.util - 1	:ok	:read	1
INFO  jepsen.util - :nemesis	:info	:start	nil
INFO  jepsen.util - 2	:invoke	:cas	[1 2]
INFO  jepsen.util - 2	:info	:cas	:timed-out
INFO  jepsen.util - 3	:invoke	:cas	[2 3]
INFO  jepsen.util - 3	:fail	:cas	[2 3]
`;

const understood = (text: string): History => {
  const read = readHistory(text);
  if (read.kind === 'malformed') throw new Error(JSON.stringify(read.problems));
  return read.history;
};

const short = (history: History) =>
  operationsOf(history).map(({ process, operation, outcome }) => ({
    process,
    operation,
    outcome: outcome.kind === 'ok' ? outcome.result : outcome.kind,
  }));

describe('a history of Jepsen’s', () => {
  const expected = [
    { process: 0, operation: { kind: 'write', value: 1 }, outcome: null },
    { process: 1, operation: { kind: 'read' }, outcome: 1 },
    { process: 2, operation: { kind: 'cas', from: 1, to: 2 }, outcome: 'info' },
    { process: 3, operation: { kind: 'cas', from: 2, to: 3 }, outcome: 'fail' },
  ];

  test('is read from its log', () => {
    expect(short(understood(LOG))).toEqual(expected);
  });

  test('is read from EDN, one after the other or in a vector, with times in nanoseconds', () => {
    const maps = [
      '{:process 0, :type :invoke, :f :write, :value 1, :time 1000, :index 0}',
      '{:process 1, :type :invoke, :f :read, :value nil, :time 2000}',
      '#jepsen.history.Op{:process 0, :type :ok, :f :write, :value 1, :time 3500}',
      '{:process 1, :type :ok, :f :read, :value 1, :time 4000}',
      '{:process :nemesis, :type :info, :f :kill, :time 5000}',
      '{:process 2, :type :invoke, :f :cas, :value [1 2], :time 6000}',
      '{:process 2, :type :info, :f :cas, :value [1 2], :time 7000, :error :timeout}',
      '{:process 3, :type :invoke, :f :cas, :value [2 3], :time 8000}',
      '{:process 3, :type :fail, :f :cas, :value [2 3], :time 9000}',
    ];
    for (const text of [maps.join('\n'), `[${maps.join('\n ')}]`]) expect(short(understood(text))).toEqual(expected);
    expect(understood(maps.join('\n')).map(({ time }) => time)).toEqual([1, 2, 3, 4, 6, 7, 8, 9]);
  });

  test('is read from JSON lines of the same shape', () => {
    const lines = [
      { process: 0, type: 'invoke', f: 'put', key: 'x', value: 'a' },
      { process: 0, type: 'ok', f: 'put', key: 'x', value: 'a' },
      { process: 0, type: 'invoke', f: 'get', key: 'x', value: null },
      { process: 0, type: 'ok', f: 'get', key: 'x', value: 'a' },
    ];
    expect(short(understood(lines.map((line) => JSON.stringify(line)).join('\n')))).toEqual([
      { process: 0, operation: { kind: 'put', key: 'x', value: 'a' }, outcome: null },
      { process: 0, operation: { kind: 'get', key: 'x' }, outcome: 'a' },
    ]);
  });

  test('in which a process goes on after an unknown outcome goes on under another number', () => {
    const text = `
      {:process 0, :type :invoke, :f :write, :value 1}
      {:process 0, :type :info, :f :write, :value 1}
      {:process 0, :type :invoke, :f :read, :value nil}
      {:process 0, :type :ok, :f :read, :value 1}`;
    expect(short(understood(text)).map(({ process }) => process)).toEqual([0, 1]);
    expect(checkLinearizability(understood(text), register as Spec<unknown, AnyOperation>).verdict).toBe('valid');
  });

  test('of a set or a counter is understood by their specifications', () => {
    const add = (value: number) =>
      `{:process 0, :type :invoke, :f :add, :value ${value}} {:process 0, :type :ok, :f :add, :value ${value}}`;
    const read = (value: string) =>
      `{:process 1, :type :invoke, :f :read, :value nil} {:process 1, :type :ok, :f :read, :value ${value}}`;
    const judge = (text: string, spec: unknown) =>
      checkLinearizability(understood(text), spec as Spec<unknown, AnyOperation>).verdict;
    expect(judge(`${add(10)} ${add(9)} ${read('#{9 10}')}`, valueSet)).toBe('valid');
    expect(judge(`${add(10)} ${add(9)} ${read('#{9}')}`, valueSet)).toBe('invalid');
    expect(judge(`${add(10)} ${add(9)} ${read('19')}`, counter)).toBe('valid');
    expect(judge(`${add(10)} ${add(9)} ${read('10')}`, counter)).toBe('invalid');
  });

  for (const [what, text, place, message] of [
    ['an odd line in a log', `${LOG}garbage here\n`, '11:1', /expected .*<process> :<type> :<f> <value>/],
    ['a log line without a value', 'INFO  jepsen.util - 0	:invoke	:read	', '1:37', /expected a value/],
    [
      'an unknown type',
      '{:process 0, :type :begin, :f :read}',
      '1:1',
      /expected :type to be :invoke, :ok, :fail or :info, got begin/,
    ],
    ['no process', '{:type :invoke, :f :read}', '1:1', /expected :process, got nothing/],
    ['half a cas', '{:process 0, :type :invoke, :f :cas, :value 1}', '1:1', /a vector \[from to\]/],
    ['an answer to no question', '{:process 0, :type :ok, :f :read, :value 1}', '1', /process 0/],
    ['no operations', '1 2 3', '1:1', /expected/],
    [
      'half a cas in JSON',
      '{"process":0,"type":"invoke","f":"cas"}',
      '1',
      /the "value" of a "cas" to be an array \[from/,
    ],
    ['cut-off JSON', '{"process":0,"type":"invoke","f":"read"}\n{"process":0,"ty', '2:17', /not JSON/],
  ] as const)
    test(`with ${what} is refused, with its place`, () => {
      const read = readHistory(text);
      expect(read.kind).toBe('malformed');
      if (read.kind !== 'malformed') return;
      const [problem] = read.problems;
      expect([problem?.line, problem?.column].filter((part) => part !== undefined).join(':')).toBe(place);
      expect(problem?.message).toMatch(message);
    });
});

test('faultline’s own JSON lines are told from the others', () => {
  for (const one of families) {
    const history = smallHistory(one, 1);
    expect(understood(writeJsonLines(history))).toEqual(history);
  }
});

const EXTERNAL = process.env.EXTERNAL_DATA ?? '../shared/data';

/** Files of others with known verdicts; they stay outside the project. */
describe.skipIf(!existsSync(EXTERNAL))(`the histories in ${EXTERNAL} are judged as is known`, () => {
  const judge = (folder: string, name: string, spec: Spec<unknown, AnyOperation>) => {
    const result = checkLinearizability(understood(readFileSync(join(EXTERNAL, folder, name), 'utf8')), spec);
    return result.verdict;
  };
  const files = (folder: string) =>
    existsSync(join(EXTERNAL, folder)) ? readdirSync(join(EXTERNAL, folder)).sort() : [];
  const legal = ['002', '018', '038', '048', '056', '076', '080', '092', '098', '100', '102'];

  test('etcd, a compare-and-set register', () => {
    const names = files('linearizability/etcd');
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const expected = legal.includes(/\d+/.exec(name)?.[0] ?? '') ? 'valid' : 'invalid';
      expect(judge('linearizability/etcd', name, register as Spec<unknown, AnyOperation>), name).toBe(expected);
    }
  });

  test('a key-value store of texts', () => {
    const names = files('linearizability/kv');
    expect(names.length).toBeGreaterThan(0);
    for (const name of names)
      expect(judge('linearizability/kv', name, textKeyValue as Spec<unknown, AnyOperation>), name).toBe(
        name.includes('-ok') ? 'valid' : 'invalid',
      );
  });
});
