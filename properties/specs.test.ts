import { describe, expect, test } from 'vitest';
import type { Spec } from '../framework/checkers/spec.js';
import type { AnyOperation } from '../framework/history/entry.js';
import { checkLinearizability, checkSequentialConsistency, linearizationPage } from 'faultline';
import { operationsOf } from '../framework/history/operations.js';
import { parseNotation } from '../framework/history/parse-notation.js';
import type { Vocabulary } from '../framework/history/vocabulary.js';
import { bankAccount, type BankAccountOperation } from '../models/specs/bank-account.js';
import { counter, type CounterOperation } from '../models/specs/counter.js';
import { eventStream, eventStreamVocabulary, type EventStreamOperation } from '../models/specs/event-stream.js';
import { keyValue, type KeyValueOperation } from '../models/specs/key-value.js';
import { register, type RegisterOperation } from '../models/specs/register.js';

/** Runs the drawn operations one after the other, each on the state of its key, and compares the results. */
function follow<State, O extends AnyOperation>(
  spec: Spec<State, O>,
  drawing: string,
  vocabulary: Vocabulary = {},
): void {
  const states = new Map<string, State>();
  for (const { operation, outcome } of operationsOf(parseNotation<O>(drawing, { vocabulary }))) {
    const key = spec.partition?.(operation) ?? '';
    const before = states.get(key) ?? spec.initial;
    const copy = structuredClone(before);
    const { state, result } = spec.step(before, operation);
    expect(outcome, JSON.stringify(operation)).toEqual({ kind: 'ok', result });
    expect(before, 'step never changes its argument').toEqual(copy);
    if (spec.readOnly?.(operation) === true) expect(state).toEqual(before);
    states.set(key, state);
  }
}

describe('in sequence', () => {
  test('a register returns what was last written, and swaps only what it finds', () => {
    follow<unknown, RegisterOperation>(
      register,
      'P0 |--read: nil--| |--write 1--| |--read: 1--| |--cas 2 3: false--| |--cas 1 3: true--| |--read: 3--|',
    );
  });

  test('a key-value store keeps its keys apart, appends text, and forgets what is deleted', () => {
    follow<unknown, KeyValueOperation>(
      keyValue,
      'P0 |--get x: nil--| |--append x a--| |--append x 1--| |--get x: a1--| |--get y: nil--| |--delete x--| ' +
        '|--get x: nil--| |--cas x nil 1: true--| |--cas x nil 2: false--| |--put y 5--| |--get x: 1--|',
    );
  });

  test('a bank account pays out what it has', () => {
    follow<number, BankAccountOperation>(
      bankAccount,
      'P0 |--deposit a 5--| |--withdraw a 6: false--| |--withdraw a 5: true--| |--balance a: 0--| |--balance b: 0--|',
    );
  });

  test('a counter adds up', () => {
    follow<number, CounterOperation>(counter, 'P0 |--read: 0--| |--add 2--| |--add -5--| |--read: -3--|');
  });

  test('an event stream takes what is appended at the version it has', () => {
    follow<readonly unknown[], EventStreamOperation>(
      eventStream,
      'P0 |--read s: []--| |--append s 0 ["a","b"]: {"ok":true,"nextVersion":2}--| ' +
        '|--append s 0 ["c"]: {"ok":false,"conflict":2}--| |--append s any ["d"]: {"ok":true,"nextVersion":3}--| ' +
        '|--read s: ["a","b","d"]--| |--read t: []--|',
      eventStreamVocabulary,
    );
  });
});

describe("a specification of one's own", () => {
  type SetOperation = { readonly kind: 'add'; readonly value: number } | { readonly kind: 'read' };
  const history = (answer: readonly number[]) =>
    parseNotation<SetOperation>(
      `
        P0 |--add 1--| |--add 2--|
        P1 |--add 2--|               |--read: [${answer.join(',')}]--|
      `,
      { vocabulary: { add: 'value' } },
    );
  const step = (state: ReadonlySet<number>, operation: SetOperation) =>
    operation.kind === 'add'
      ? { state: new Set(state).add(operation.value), result: null }
      : { state, result: [...state].sort() };

  test('is an initial state and a step', () => {
    const count = {
      initial: 0,
      step: (state: number, { kind }: SetOperation) =>
        kind === 'add' ? { state: state + 1, result: null } : { state, result: [state] },
    };
    expect(checkLinearizability(history([3]), count).verdict).toBe('valid');
    expect(checkLinearizability(history([2]), count).verdict).toBe('invalid');
  });

  test('may have states that are no plain data, if it says which are equal', () => {
    let compared = 0;
    const equal = (one: ReadonlySet<number>, other: ReadonlySet<number>): boolean => {
      compared++;
      return one.size === other.size && [...one].every((value) => other.has(value));
    };
    const sets = { initial: new Set<number>() as ReadonlySet<number>, step, equal };
    const hash = (state: ReadonlySet<number>): number => state.size;
    for (const spec of [sets, { ...sets, hash }]) {
      compared = 0;
      expect(checkLinearizability(history([1, 2]), spec).verdict).toBe('valid');
      expect(compared).toBeGreaterThan(0);
      expect(checkSequentialConsistency(history([1, 2]), spec).verdict).toBe('valid');
      const result = checkLinearizability(history([2]), spec);
      if (result.verdict !== 'invalid') throw new Error(result.verdict);
      expect(result.violation.explanation).toMatch(/read returned \[2\].*state \[[12],[12]\]\./);
      expect(result.violation.illegalPrefix).toBe(8);
      expect(linearizationPage(history([2]), spec, result.violation)).toContain(
        'not linearizable as a specified object',
      );
    }
    expect(() => checkLinearizability(history([1, 2]), { initial: sets.initial, step })).toThrow(/plain data/);
  });
});
