/** Matchers that judge a history: `expect(history).toBeLinearizable(spec)`. Importing this module registers them. */
import { expect } from 'vitest';
import { checkDurability, type DurabilityRules } from '../checkers/durability.js';
import { checkLinearizability } from '../checkers/linearizability.js';
import { nameOf, type Spec } from '../checkers/spec.js';
import type { CheckResult } from '../checkers/verdict.js';
import type { AnyOperation, History } from '../history/entry.js';
import { printNotation } from '../history/print-notation.js';
import { findBreaches } from '../history/well-formed.js';

interface HistoryMatchers<R> {
  /**
   * Every operation of the history seems to take effect at one instant between call and return. Fails for `unknown` too,
   * with and without `.not`: nothing was decided then.
   */
  toBeLinearizable: <State, O extends AnyOperation>(spec: Spec<State, O>) => R;
  /** No acknowledged write is missing from the final reads, as `rules` read them. Fails for `unknown` too. */
  toLoseNoAcknowledgedWrite: <O extends AnyOperation>(rules: DurabilityRules<O>) => R;
  /** Invocations and completions alternate in each process, and time does not run back. */
  toBeWellFormed: () => R;
}

declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-explicit-any -- vitest's own form
  interface Matchers<T = any> extends HistoryMatchers<T> {}
}

interface MatcherAnswer {
  readonly pass: boolean;
  readonly message: () => string;
}

function answer(
  result: CheckResult,
  history: History,
  options: { readonly promise: string; readonly isNot: boolean },
): MatcherAnswer {
  const { promise, isNot } = options;
  switch (result.verdict) {
    case 'valid':
      return {
        pass: true,
        message: () => `expected the history not to be ${promise}, but it is\n\n${printNotation(history)}`,
      };
    case 'invalid':
      return {
        pass: false,
        message: () =>
          `expected the history to be ${promise}: ${result.violation.explanation}\n\n${printNotation(history)}`,
      };
    case 'unknown':
      return {
        pass: isNot,
        message: () => `it could not be decided whether the history is ${promise}: ${result.reason}`,
      };
  }
}

expect.extend({
  toBeLinearizable(history: History, spec: Spec<unknown, AnyOperation>): MatcherAnswer {
    const promise = `linearizable (${nameOf(spec)})`;
    return answer(checkLinearizability(history, spec), history, { promise, isNot: this.isNot });
  },
  toLoseNoAcknowledgedWrite(history: History, rules: DurabilityRules<AnyOperation>): MatcherAnswer {
    return answer(checkDurability(history, rules), history, { promise: 'durable', isNot: this.isNot });
  },
  toBeWellFormed(history: History): MatcherAnswer {
    const breaches = findBreaches(history);
    const list = breaches.map(({ index, message, remedy }) => `entry ${index}: ${message}; ${remedy}`).join('\n');
    return { pass: breaches.length === 0, message: () => `expected a well-formed history; ${list || 'it is one'}` };
  },
});
