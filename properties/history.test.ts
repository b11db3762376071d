import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry, History } from '../framework/history/entry.js';
import { findSyntaxProblem } from '../framework/history/json-syntax.js';
import { readJsonLines, writeJsonLines } from '../framework/history/jsonl.js';
import { operationsOf } from '../framework/history/operations.js';
import { parseNotation } from '../framework/history/parse-notation.js';
import { printNotation } from '../framework/history/print-notation.js';
import { printAnswer, printOperation } from '../framework/history/vocabulary.js';
import { findBreaches } from '../framework/history/well-formed.js';
import { time } from '../framework/kernel/time.js';
import { historyArbitrary } from './history-arbitrary.js';

const DRAWING = `
  P0 |--put x 1--|      |--get x: 1--|
  P1     |--get x: nil------|
  # a comment
  P2   |--put x 2----?
  P3   |--put x 3--!(conflict)

  P4          |--put x 4---
`;

const invoke = (process: number, at: number): Entry => ({
  type: 'invoke',
  process,
  time: time(at),
  operation: { kind: 'noop' },
});
const ok = (process: number, at: number): Entry => ({ type: 'ok', process, time: time(at), result: null });
const info = (process: number, at: number): Entry => ({ type: 'info', process, time: time(at), reason: 'time-out' });

/** Operations of every shape, with values that are hard to write. */
const awkwardHistory = fc
  .array(
    fc.record({
      process: fc.nat({ max: 12 }),
      kind: fc.oneof(fc.constantFrom('put', 'get', 'read', 'cas', 'noop', 'a-'), fc.string()),
      fields: fc.dictionary(
        fc.oneof(
          fc.constantFrom('key', 'value', 'from', 'to'),
          fc.string().filter((name) => name !== 'kind' && name !== '__proto__'),
        ),
        plain(),
        { noNullPrototype: true },
      ),
      result: plain(),
      type: fc.constantFrom('ok' as const, 'fail' as const, 'info' as const),
      reason: fc.oneof(fc.string(), fc.constantFrom('failed', 'unknown', 'a) b', '"quoted"', '| ? !')),
    }),
    { maxLength: 12 },
  )
  .map((turns): History => {
    const history: Entry[] = [];
    const open = new Set<number>();
    const retired = new Set<number>();
    for (const [index, { process, kind, fields, result, type, reason }] of turns.entries()) {
      const at = { process, time: time(index * 1_000) };
      if (retired.has(process)) continue;
      if (open.delete(process)) {
        history.push(type === 'ok' ? { ...at, type, result } : { ...at, type, reason });
        if (type === 'info') retired.add(process);
      } else {
        open.add(process);
        history.push({ ...at, type: 'invoke', operation: { ...fields, kind } });
      }
    }
    return history;
  });

function plain(): fc.Arbitrary<unknown> {
  const words = fc.constantFrom(
    'nil',
    'true',
    '1',
    '-',
    'a-',
    ':',
    'a:',
    '|',
    '?',
    '!',
    '#',
    '=',
    '',
    ' ',
    '[',
    '"',
    'ü',
  );
  const scalar = fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.string(), words, fc.constant(0.5));
  return fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 3 }),
    fc.record({ 'a b': scalar, c: fc.array(scalar, { maxLength: 2 }) }),
  );
}

const untimed = (history: History) => history.map((entry) => ({ ...entry, time: 0 }));

describe('the ASCII notation', () => {
  test('is read as it is drawn: columns are milliseconds', () => {
    expect(operationsOf(parseNotation(DRAWING))).toEqual([
      expect.objectContaining({
        process: 0,
        invokedAt: 3_000,
        returnedAt: 15_000,
        outcome: { kind: 'ok', result: null },
      }),
      expect.objectContaining({ process: 2, invokedAt: 5_000, outcome: { kind: 'info', reason: 'unknown' } }),
      expect.objectContaining({ process: 3, invokedAt: 5_000, outcome: { kind: 'fail', reason: 'conflict' } }),
      expect.objectContaining({ process: 1, invokedAt: 7_000, outcome: { kind: 'ok', result: null } }),
      expect.objectContaining({ process: 4, returnIndex: null, returnedAt: null, outcome: { kind: 'open' } }),
      expect.objectContaining({ operation: { kind: 'get', key: 'x' }, outcome: { kind: 'ok', result: 1 } }),
    ]);
  });

  test('is printed with every entry in a column of its own', () => {
    expect(printNotation(parseNotation(DRAWING))).toBe(
      [
        'P0 |--put x 1--|   |--get x: 1--|',
        'P1    |--get x: nil--|',
        'P2  |--put x 2----?',
        'P3   |--put x 3--!(conflict)',
        'P4     |--put x 4--',
        '',
      ].join('\n'),
    );
  });

  test('knows numbers, nil, booleans, words and JSON', () => {
    const [first] = parseNotation('P0 |--merge -1 nil true a.b "x | y" [1, "]"]: {"ok": true}--|', {
      vocabulary: { merge: 'a b c d e f' },
    });
    expect(first).toMatchObject({
      operation: { kind: 'merge', a: -1, b: null, c: true, d: 'a.b', e: 'x | y', f: [1, ']'] },
    });
  });

  test('leaves optional fields out from the last on, and writes what no vocabulary covers as JSON', () => {
    expect(printOperation({ kind: 'cas', from: 1, to: 2 } as { kind: string })).toBe('cas 1 2');
    expect(printOperation({ kind: 'cas', key: 'x', from: 1, to: 2 } as { kind: string })).toBe('cas x 1 2');
    expect(printOperation({ kind: 'merge', left: 1 } as { kind: string })).toBe('merge ={"left":1}');
    expect(parseNotation('P0 |--merge ={"left":1}--|')[0]).toMatchObject({ operation: { kind: 'merge', left: 1 } });
    expect(printAnswer({ kind: 'put' }, null)).toBe('');
    expect(printAnswer({ kind: 'get' }, null)).toBe(': nil');
  });

  test.each([
    ['a line without a process', 'put x 1', /line 1, column 1: expected a process/],
    ['a process drawn twice', 'P0 |--read--|\nP0 |--read--|', /line 2, column 1: P0 has line 1 already/],
    ['operations that share a bar', 'P0 |--read--|--read--|', /column 14: expected '\|' to begin an operation/],
    ['a process that goes on after ?', 'P0 |--read--? |--read--|', /column 15: P0 is retired/],
    ['a result of unknown outcome', 'P0 |--read: 1--?', /column 16: 'read: 1' has a result/],
    ['two results', 'P0 |--read: 1 2--|', /one value after the colon/],
    ['no space after the colon', 'P0 |--get x:1--|', /a space follows the colon/],
    ['too few words', 'P0 |--put x--|', /'put x' has 1 argument\(s\) for put, but it takes 'key value'/],
    ['an unknown kind', 'P0 |--merge 1--|', /the vocabulary does not know it/],
    ['an open quote', 'P0 |--put x "1--|', /column 13: this string has no closing quote/],
    ['an open bracket', 'P0 |--put x [1--|', /a bracket in 'put x \[1' is not closed/],
    ['broken JSON', 'P0 |--put x {1}--|', /expected JSON, got {1}/],
    ['an empty operation', 'P0 |----|', /expected an operation such as put x 1/],
  ])('refuses %s and points at the place', (_, drawing, message) => {
    expect(() => parseNotation(drawing)).toThrow(message);
  });

  test('survives printing and reading but for the times, whatever the values', () => {
    fc.assert(
      fc.property(awkwardHistory, (history) => {
        expect(untimed(parseNotation(printNotation(history)))).toEqual(untimed(history));
      }),
      { seed: 1, numRuns: 2_000 },
    );
    fc.assert(
      fc.property(historyArbitrary({ operationsMax: 20, clients: 4, keys: ['x', 'y'] }), (history) => {
        const drawing = printNotation(history);
        expect(untimed(parseNotation(drawing))).toEqual(untimed(history));
        expect(printNotation(parseNotation(drawing))).toBe(drawing);
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});

describe('JSON lines', () => {
  test('have a header and one entry per line, with the keys in one order', () => {
    const text = writeJsonLines(parseNotation('P0 |--put x 1--|\nP1 |--get y--?(lost)'), { system: 'chain' });
    expect(text).toBe(
      [
        '{"faultline":"history","version":1,"system":"chain"}',
        '{"type":"invoke","process":0,"time":3000,"operation":{"key":"x","kind":"put","value":1}}',
        '{"type":"invoke","process":1,"time":3000,"operation":{"key":"y","kind":"get"}}',
        '{"type":"info","process":1,"time":13000,"reason":"lost"}',
        '{"type":"ok","process":0,"time":15000,"result":null}',
        '',
      ].join('\n'),
    );
  });

  test('give back the history that was written', () => {
    fc.assert(
      fc.property(awkwardHistory, (history) => {
        const text = writeJsonLines(history);
        const read = readJsonLines(text);
        expect(read).toEqual({ kind: 'history', history, header: { faultline: 'history', version: 1 } });
        expect(read.kind === 'history' && writeJsonLines(read.history)).toBe(text);
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  test('are read without a header, with blank lines and foreign line ends', () => {
    const text = '\uFEFF\r\n{"type":"invoke","process":0,"time":1,"operation":{"kind":"read"}}\r\n\r\n';
    expect(readJsonLines(text)).toMatchObject({ kind: 'history', history: [{ type: 'invoke' }], header: {} });
  });

  const problems = (text: string) => {
    const read = readJsonLines(text);
    return read.kind === 'malformed' ? read.problems : [];
  };
  const INVOKE = '{"type":"invoke","process":0,"time":5,"operation":{"kind":"read"}}';

  test('that are not JSON are reported with line and column', () => {
    expect(problems(`${INVOKE}\n{"type":"ok",process:0}\n`)).toEqual([
      {
        line: 2,
        column: 14,
        message: 'not JSON: expected a key in double quotes, got "process:0}"; each line is one complete JSON object',
      },
    ]);
  });

  test('that end in the middle of the last line are called truncated, wherever they end', () => {
    const text = writeJsonLines(parseNotation('P0 |--put x [true,"a\\u0041",-1.5e3]: {"a":null}--|'));
    const last = text.trimEnd().lastIndexOf('\n') + 1;
    for (let end = last + 1; end < text.length - 1; end++)
      expect(problems(text.slice(0, end)), text.slice(last, end)).toMatchObject([
        { line: 3, message: expect.stringContaining('the last line is truncated') as string },
      ]);
    const short = `${INVOKE}\n${INVOKE.slice(0, 20)}`;
    expect(problems(`${short}\n`)[0]?.message).toContain('not JSON');
  });

  test('that are no entries are reported, every fault of every line', () => {
    const found = problems(
      [
        '{"type":"invoked","process":-1,"time":0.5}',
        '{"type":"invoke","process":0,"time":1}',
        '{"type":"info","process":0,"time":1,"result":1}',
        '[]',
        '{"faultline":"history","version":1}',
      ].join('\n'),
    );
    expect(found.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      `1: expected 'type' to be one of 'invoke', 'ok', 'fail', 'info', got "invoked"`,
      `1: expected 'process' to be a whole number from 0, got -1`,
      `1: expected 'time' to be whole microseconds from 0, got 0.5`,
      `2: expected 'operation' to be an object with a string 'kind', got nothing`,
      `3: expected 'reason' to be a string, got nothing`,
      `3: expected the fields type, process, time and reason in an entry of type 'info', got 'result' as well`,
      `4: expected an entry to be an object, got []`,
      `5: expected 'type' to be one of 'invoke', 'ok', 'fail', 'info', got nothing`,
      `5: expected 'process' to be a whole number from 0, got nothing`,
      `5: expected 'time' to be whole microseconds from 0, got nothing`,
    ]);
  });

  test('of another version, or of a history that is not well-formed, are refused', () => {
    expect(problems('{"faultline":"history","version":2}')[0]?.message).toContain(
      'expected version 1 of the format, got 2',
    );
    expect(problems(`${INVOKE}\n\n${INVOKE}`)).toMatchObject([
      { line: 3, message: expect.stringContaining('invoked at entry 0 is still open; record') as string },
    ]);
  });

  test('find the place where JSON goes wrong, and only there', () => {
    const place = (text: string) => findSyntaxProblem(text)?.offset;
    expect(place('{"a":[1,{"b":"\\u00e9"}],"c":-1.5e3}')).toBeUndefined();
    expect(place('{"a":1,}')).toBe(7);
    expect(place('[1 2]')).toBe(3);
    expect(place('{"a" 1}')).toBe(5);
    expect(place('[1]]')).toBe(3);
    expect(place('[01]')).toBe(1);
    expect(place('"\\x"')).toBe(0);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), mangledJson()), (text) => {
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        expect(findSyntaxProblem(text) === undefined).toBe(parses);
      }),
      { seed: 4, numRuns: 3_000 },
    );
  });
});

/** JSON with one character removed or replaced. */
function mangledJson(): fc.Arbitrary<string> {
  const replacement = fc.constantFrom('', '"', ',', ':', '{', ']', '0', '-', '\\', 'e');
  return fc.tuple(fc.json(), fc.nat(), replacement).map(([text, at, other]) => {
    const place = at % text.length;
    return text.slice(0, place) + other + text.slice(place + 1);
  });
}

describe('a history', () => {
  test('drawn or generated is well-formed', () => {
    expect(findBreaches(parseNotation(DRAWING))).toEqual([]);
    fc.assert(
      fc.property(awkwardHistory, (history) => {
        expect(findBreaches(history)).toEqual([]);
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  test('that breaks the contract is reported with every breach, its place and its remedy', () => {
    const breaches = findBreaches([
      ok(0, 1),
      invoke(0, 5),
      invoke(0, 4),
      info(0, 6),
      invoke(0, 7),
      ok(0, 8),
      invoke(-1, 9),
      invoke(1, 9.5),
    ]);
    expect(breaches.map(({ index, rule }) => `${index}: ${rule}`)).toEqual([
      '0: completion without invocation',
      '2: time goes back',
      '2: process invokes twice',
      '4: process used after info',
      '5: process used after info',
      '6: process number',
      '7: time stamp',
    ]);
    expect(breaches.every(({ message, remedy }) => message !== '' && remedy !== '')).toBe(true);
  });

  test('is not paired into operations when a completion has no invocation or a process invokes twice', () => {
    expect(() => operationsOf([ok(0, 1)])).toThrow('at entry 0 process 0 completes (ok) what it never invoked');
    expect(() => operationsOf([invoke(0, 1), invoke(0, 2)])).toThrow('at entry 1 process 0 invokes while');
  });

  test('has one operation per invocation, in their order, each with its own completion', () => {
    fc.assert(
      fc.property(awkwardHistory, (history) => {
        const operations = operationsOf(history);
        const invocations = [...history.keys()].filter((index) => history[index]?.type === 'invoke');
        expect(operations.map(({ index }) => index)).toEqual(invocations);
        const ends = operations.flatMap(({ returnIndex }) => (returnIndex === null ? [] : [returnIndex]));
        expect([...invocations, ...ends].sort((one, other) => one - other)).toEqual([...history.keys()]);
        for (const { index, returnIndex, process } of operations) {
          expect(history[index]?.process).toBe(process);
          if (returnIndex !== null) expect(history[returnIndex]?.process).toBe(process);
        }
      }),
      { seed: 6, numRuns: 300 },
    );
  });
});
