/** What the how-to pages show, run. */
import { describe, expect, test } from 'vitest';
import { checkLinearizability, parseNotation } from 'faultline';
import { testMutants, testSystem } from 'faultline/vitest';
import type { CounterOperation } from 'faultline/models';
import { counter } from './how-to/counter.js';
import { highest, type HighestOperation } from './how-to/highest.js';
import { checkSum } from './how-to/sum.js';

// #region own-protocol
testSystem(counter, { numRuns: 2_000 });
testMutants(counter, { numRuns: 1_000 });
// #endregion

// #region own-checker
describe('checkSum', () => {
  const history = parseNotation<CounterOperation>(`
    P0 |--add 3--|
    P1              |--add 4--?
  `);

  test('accepts the acknowledged adds, with and without those whose outcome is unknown', () => {
    expect(checkSum(history, new Map([['s1', 3], ['s2', 7]])).verdict).toBe('valid'); // prettier-ignore
  });

  test('names what was lost, and what was counted twice', () => {
    expect(checkSum(history, new Map([['s1', 0]]))).toMatchObject({
      verdict: 'invalid',
      violation: {
        rule: 'add lost',
        explanation: 's1 holds 0, but 3 was acknowledged, and at most 4 more may have been added.',
      },
    });
    expect(checkSum(history, new Map([['s1', 10]]))).toMatchObject({ violation: { rule: 'add counted twice' } });
  });

  test('says nothing where nothing was shown', () => {
    expect(checkSum([], new Map([['s1', 0]])).verdict).toBe('unknown');
    expect(checkSum(history, new Map()).verdict).toBe('unknown');
  });
});
// #endregion

// #region own-spec
test('a read of less than what was written before is explained by no order', () => {
  const history = parseNotation<HighestOperation>(`
    P0 |--write 5--|  |--write 3--|
    P1                               |--read: 3--|
  `);
  expect(checkLinearizability(history, highest).verdict).toBe('invalid');
});
// #endregion
