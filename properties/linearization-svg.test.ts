/** The picture of a violation shows what the words say, and nothing in a history can break it. */
import { describe, expect, test } from 'vitest';
import { checkLinearizability, linearizationSvg, operationsOf, parseNotation, type History } from 'faultline';
import { keyValue, register, type KeyValueOperation, type RegisterOperation } from 'faultline/models';
import { families, smallHistory } from './fixtures/checker-families.js';

function violationIn(history: History<RegisterOperation>) {
  const result = checkLinearizability(history, register);
  if (result.verdict !== 'invalid') throw new Error(`expected an invalid history, got ${result.verdict}`);
  return result.violation;
}

const stale = parseNotation<RegisterOperation>(`
  P0 |--write 1--|            |--write 2--|
  P1    |--read: 1--|             |--read: 1--|
  P2                                           |--read: 1--|
`);

/** Every opened element is closed, in order; throws otherwise. */
function elements(svg: string): string[] {
  const open: string[] = [];
  const seen: string[] = [];
  for (const [, closing, name, , empty] of svg.matchAll(/<(\/?)([a-z]+)((?:\s[^<>]*?)?)(\/?)>/g)) {
    if (name === undefined) continue;
    if (closing === '/') expect(open.pop()).toBe(name);
    else {
      seen.push(name);
      if (empty !== '/') open.push(name);
    }
  }
  expect(open).toEqual([]);
  expect(svg.replaceAll(/<\/?[a-z]+(?:\s[^<>]*)?>/g, '')).not.toMatch(/[<>]/);
  return seen;
}

describe('the picture of a history that is not linearizable', () => {
  const violation = violationIn(stale);
  const svg = linearizationSvg(stale, violation);

  test('has a bar for each operation, one of them the culprit, and a point for each that has a place', () => {
    expect(elements(svg).filter((name) => name === 'g')).toHaveLength(operationsOf(stale).length);
    expect(svg.match(/<g class="culprit">/g)).toHaveLength(1);
    expect(svg.match(/<circle/g)).toHaveLength(violation.order.length);
    expect(violation.order.length).toBe(operationsOf(stale).length - 1);
    expect(svg).toContain('write 2');
  });

  test('draws points from left to right, each within its operation', () => {
    const xs = [...svg.matchAll(/<circle class="point" cx="([\d.]+)"/g)].map(([, x]) => Number(x));
    expect(xs).toEqual(xs.toSorted((one, other) => one - other));
  });

  test('shows the illegal key only', () => {
    const history = parseNotation<KeyValueOperation>(`
      P0 |--put x 1--| |--get x: nil--|
      P1 |--put y 7--| |--get y: 7--|
    `);
    const result = checkLinearizability(history, keyValue);
    if (result.verdict !== 'invalid') throw new Error('expected an invalid history');
    const drawn = linearizationSvg(history, result.violation, {
      partition: (operation) => ('key' in operation ? String(operation.key) : ''),
    });
    expect(drawn).toContain('put x 1');
    expect(drawn).not.toContain('put y 7');
  });

  test('is not broken by what operations say', () => {
    const odd = stale.map((entry) => {
      if (entry.type === 'invoke' && entry.operation.kind === 'write')
        return {
          ...entry,
          operation: { ...entry.operation, value: `</text><script>"&'\u0000${String(entry.operation.value)}` },
        };
      return entry.type === 'ok' && entry.result === 1 ? { ...entry, result: `</text><script>"&'\u00001` } : entry;
    });
    const drawn = linearizationSvg(odd, violationIn(odd));
    expect(elements(drawn)).not.toContain('script');
    expect(drawn).not.toContain('\u0000');
  });

  test('can be drawn of every kind of object', () => {
    let drawn = 0;
    for (const { spec, operation } of families)
      for (let seed = 0; seed < 100; seed++) {
        const history = smallHistory({ spec, operation }, seed);
        const result = checkLinearizability(history, spec);
        if (result.verdict !== 'invalid') continue;
        drawn++;
        elements(linearizationSvg(history, result.violation, { partition: (one) => spec.partition?.(one) ?? '' }));
      }
    expect(drawn).toBeGreaterThan(100);
  });
});
