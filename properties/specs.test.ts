import { describe, expect, test } from 'vitest';
import type { Spec } from '../framework/checkers/spec.js';
import type { AnyOperation } from '../framework/history/entry.js';
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
