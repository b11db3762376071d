/** Every delivery that breaks a promise is named, and every promise lets through what it allows. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkDelivery, type DeliveryRules } from 'faultline';

/** `x1` is message 1 of key x. */
const rules: DeliveryRules<string> = { id: (message) => message, key: (message) => message.slice(0, 1) };
const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');
const judged = (published: string, delivered: string, changes: Partial<DeliveryRules<string>> = {}) =>
  checkDelivery(words(published), words(delivered), { ...rules, ...changes });
const told = (published: string, delivered: string, changes: Partial<DeliveryRules<string>> = {}) => {
  const result = judged(published, delivered, changes);
  return result.verdict === 'invalid' ? result.violation : result.verdict;
};

describe('a broken promise is told with the deliveries that show it', () => {
  test('out of order within a key, not between keys', () => {
    expect(told('x1 y1 x2 y2', 'y1 y2 x1 x2')).toBe('valid');
    expect(told('x1 x2 x3', 'x1 x3 x2')).toEqual({
      rule: 'delivered out of order',
      explanation: 'x2 was published before x3 for x, and came after it.',
      operations: [1, 2],
    });
    expect(told('x1 x2', 'x2 x1', { disorder: 'allowed' })).toBe('valid');
    expect(checkDelivery(['a', 'b'], ['b', 'a'], { id: (one) => one })).toMatchObject({
      violation: { explanation: 'a was published before b, and came after it.' },
    });
  });

  test('again', () => {
    expect(judged('x1 x2', 'x1 x2 x1 x2')).toEqual({
      verdict: 'valid',
      seen: { published: 2, delivered: 4, duplicates: 2, missing: 0 },
    });
    expect(told('x1 x2', 'x1 x2 x1', { duplicates: 'forbidden' })).toEqual({
      rule: 'delivered twice',
      explanation: 'x1 was delivered again.',
      operations: [0, 2],
    });
  });

  test('never: passed over, or at the end', () => {
    expect(told('x1 x2 x3 y1', 'x1 y1 x3')).toEqual({
      rule: 'gap in delivery',
      explanation: 'x2 was never delivered, although x3, published after it for x, was.',
      operations: [2],
    });
    expect(told('x1 x2 y1', 'x1 y1')).toEqual({
      rule: 'never delivered',
      explanation: 'x2 was published and never delivered, nor was anything published after it for x.',
      operations: [],
    });
    expect(judged('x1 x2 x3', 'x2', { missing: 'allowed' })).toEqual({
      verdict: 'valid',
      seen: { published: 3, delivered: 1, duplicates: 0, missing: 2 },
    });
  });

  test('out of nowhere', () => {
    expect(told('x1', 'x1 x2')).toEqual({
      rule: 'delivery out of nowhere',
      explanation: 'x2 was delivered, and nobody published it.',
      operations: [1],
    });
  });
});

test('nothing published, and messages that nobody can tell apart, are unknown', () => {
  expect(judged('', '')).toMatchObject({ verdict: 'unknown', reason: 'nothing was published' });
  expect(judged('x1 x1', 'x1')).toMatchObject({ verdict: 'unknown', reason: 'two messages were published as x1' });
});

test('a log that is cut and sent again from an earlier place keeps at least once; without one of it, it does not', () => {
  const message = fc.constantFrom('x', 'y', 'z');
  let cut = 0;
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1 }),
      fc.array(fc.nat(), { maxLength: 5 }),
      fc.nat(),
      (keys, cuts, lost) => {
        const published = keys.map((key, place) => `${key}${place}`);
        const delivered: string[] = [];
        let from = 0;
        for (const one of cuts) {
          const until = from + (one % (published.length - from + 1));
          delivered.push(...published.slice(from, until));
          from = one % (until + 1);
        }
        delivered.push(...published.slice(from));
        expect(checkDelivery(published, delivered, rules).verdict).toBe('valid');
        const missing = published[lost % published.length];
        const holed = delivered.filter((one) => one !== missing);
        expect(checkDelivery(published, holed, rules)).toMatchObject({ verdict: 'invalid', seen: { missing: 1 } });
        const once = checkDelivery(published, delivered, { ...rules, duplicates: 'forbidden' }).verdict;
        expect(once).toBe(delivered.length === published.length ? 'valid' : 'invalid');
        if (once === 'invalid') cut++;
      },
    ),
    { seed: 1, numRuns: 1_000 },
  );
  expect(cut).toBeGreaterThan(300);
});
