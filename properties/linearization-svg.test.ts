/** The picture of a violation shows what the words say, and nothing in a history can break it. */
import { describe, expect, test } from 'vitest';
import {
  checkLinearizability,
  equal,
  linearizationPage,
  linearizationSvg,
  operationsOf,
  parseNotation,
  partialOrders,
  type History,
} from 'faultline';
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

describe('orders that lead to operations', () => {
  test('every operation but those without a place has one, which is legal and ends with it', () => {
    let [led, without] = [0, 0];
    for (let seed = 0; seed < 300; seed++)
      for (const family of families) {
        const history = smallHistory(family, seed, 8);
        const result = checkLinearizability(history, family.spec);
        if (result.verdict !== 'invalid') continue;
        const { violation } = result;
        const operations = operationsOf(history);
        const asked = operations.map(({ index }) => index);
        const orders = partialOrders(history, family.spec, violation, asked);
        for (const [index, order] of orders) {
          led++;
          expect(order.at(-1)).toBe(index);
          expect(new Set(order).size).toBe(order.length);
          const members = order.map((one) => operations.find((operation) => operation.index === one));
          let state = family.spec.initial;
          for (const [place, one] of members.entries()) {
            if (one === undefined) throw new Error('an order names what is not in the history');
            // Nothing that had returned before it was called comes after it.
            for (const later of members.slice(place + 1))
              if (later?.outcome.kind === 'ok') expect(later.returnIndex).toBeGreaterThan(one.index);
            const stepped = family.spec.step(state, one.operation);
            if (one.outcome.kind === 'ok') expect(equal(stepped.result ?? null, one.outcome.result ?? null)).toBe(true);
            state = stepped.state;
          }
        }
        without += operations.filter(({ index, outcome }) => outcome.kind === 'ok' && !orders.has(index)).length;
      }
    expect(led).toBeGreaterThan(1_000);
    expect(without).toBeGreaterThan(100);
  });

  const violation = violationIn(stale);

  test('are drawn behind their operations, for the pointer to show', () => {
    const asked = operationsOf(stale).map(({ index }) => index);
    const svg = linearizationSvg(stale, violation, { partialOrders: partialOrders(stale, register, violation, asked) });
    elements(svg);
    expect(svg.match(/<g class="way">/g)).toHaveLength(operationsOf(stale).length - 1);
    expect(svg).toMatch(/<text [^>]*>write 2<\/text><\/g>\n<g class="way"><polyline/);
  });

  test('a page tells the states along the longest order, and what the culprit would have returned', () => {
    const page = linearizationPage(stale, register, violation);
    expect(page).toMatch(/<h1>not linearizable as a register<\/h1>/);
    expect(page).toContain('<p>read returned 1 ');
    expect(page.match(/<tr>/g)).toHaveLength(1 + violation.order.length);
    expect(page).toMatch(/<tr class="culprit">.*read: 1<\/td><td>would have returned 2 here<\/td>/);
    expect(page).not.toMatch(/https?:(?!\/\/www\.w3\.org\/2000\/svg)/);
  });

  test('a page escapes what a history says', () => {
    const nasty = parseNotation<RegisterOperation>(`
      P0 |--write "</script><b>"--|
      P1                            |--read: nil--|
    `);
    expect(linearizationPage(nasty, register, violationIn(nasty))).not.toContain('<b>');
  });
});
