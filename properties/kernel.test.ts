/** The kernel's laws. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomStream } from 'faultline';
import { EventQueue } from '../framework/kernel/event-queue.js';
import { Digest, hashValue } from '../framework/kernel/hash.js';
import { copyPlain } from '../framework/kernel/plain-data.js';
import { normaliseSeed } from '../framework/kernel/random.js';
import { TaggedCopier } from '../framework/kernel/tagged-copier.js';

/** What may be in a message: JSON values. -0 is left out, which JSON does not tell from 0. */
const plain = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));
const message = fc.record({ kind: fc.string(), one: plain, two: plain });

describe('the event queue', () => {
  test('gives events by time, and by sequence where times are equal', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 200, size: 'max' }), (times) => {
        const queue = new EventQueue<{ time: number; sequence: number }>();
        const events = times.map((time, sequence) => ({ time, sequence }));
        for (const event of events) queue.push(event);
        const order = events.map(() => queue.pop());
        expect(order).toEqual(events.toSorted((one, other) => one.time - other.time || one.sequence - other.sequence));
        expect(queue.pop()).toBeUndefined();
      }),
    );
  });

  test('keeps that order when pushes and pops are mixed', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat({ max: 9 })), { maxLength: 100, size: 'max' }), (script) => {
        const queue = new EventQueue<{ time: number; sequence: number }>();
        const model: { time: number; sequence: number }[] = [];
        for (const [sequence, time] of script.entries()) {
          if (time === null) {
            model.sort((one, other) => one.time - other.time || one.sequence - other.sequence);
            expect(queue.pop()).toEqual(model.shift());
          } else {
            queue.push({ time, sequence });
            model.push({ time, sequence });
          }
          expect(queue.size).toBe(model.length);
        }
      }),
    );
  });
});

describe('random streams', () => {
  const draw = (seed: string, name: string) => {
    const stream = randomStream(seed, name);
    return Array.from({ length: 20 }, () => stream.uint32());
  };

  test('are the same for the same seed and name, and others otherwise', () => {
    expect(draw('7', 'network')).toEqual(draw('7', 'network'));
    expect(draw('7', 'network')).not.toEqual(draw('7', 'disk'));
    expect(draw('7', 'network')).not.toEqual(draw('8', 'network'));
  });

  test('are of known numbers, on every machine', () => {
    expect(draw('golden', 'stream').slice(0, 3)).toMatchInlineSnapshot(`
      [
        2641226040,
        462026408,
        892903282,
      ]
    `);
  });

  test('stay within their bounds, and reach both', () => {
    const stream = randomStream('bounds', 'test');
    const drawn = new Set(Array.from({ length: 400 }, () => stream.between(-2, 2)));
    expect([...drawn].sort((one, other) => one - other)).toEqual([-2, -1, 0, 1, 2]);
    const hits = Array.from({ length: 10_000 }, () => stream.chance(250_000)).filter(Boolean).length;
    expect(hits).toBeGreaterThan(2_200);
    expect(hits).toBeLessThan(2_800);
  });

  test('take 1 and "1" for the same seed, and nothing for none', () => {
    expect(normaliseSeed(1)).toBe(normaliseSeed('1'));
    for (const bad of ['', '  ', Number.NaN])
      expect(() => normaliseSeed(bad)).toThrow(/a number or a non-empty string/);
  });
});

describe('hashes', () => {
  test('do not depend on the order of keys, but on the order of elements', () => {
    expect(hashValue({ a: 1, b: [1, 2] })).toBe(hashValue({ b: [1, 2], a: 1 }));
    expect(hashValue([1, 2])).not.toBe(hashValue([2, 1]));
    expect(hashValue({ a: 1, b: 2 })).not.toBe(hashValue({ a: 2, b: 1 }));
  });

  test('of different data differ', () => {
    fc.assert(
      fc.property(plain, plain, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        // Key order is the only difference that may not show.
        fc.pre(typeof one !== 'object' || typeof other !== 'object');
        expect(hashValue(one)).not.toBe(hashValue(other));
      }),
      { seed: 1 },
    );
  });

  test('refuse what is not data', () => {
    for (const bad of [() => 1, Symbol('s'), 1n, { f: () => 1 }]) expect(() => hashValue(bad)).toThrow(/plain data/);
  });

  test('make a digest that tells sequences apart', () => {
    const digest = (values: readonly number[]) => {
      const running = new Digest();
      for (const value of values) running.add(value);
      return running.hex();
    };
    expect(digest([1, 2, 3])).toBe(digest([1, 2, 3]));
    expect(new Set([[], [0], [0, 0], [1, 2], [2, 1], [-1]].map(digest)).size).toBe(6);
    expect(digest([1])).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('copies', () => {
  test('equal the original and share nothing with it', () => {
    fc.assert(
      fc.property(message, (original) => {
        const copier = new TaggedCopier();
        for (const copy of [copyPlain(original), copier.copy(original)]) {
          expect(copy).toEqual(original);
          expect(sharesAnything(copy, original)).toBe(false);
        }
      }),
    );
  });

  test('of messages are hashed field by field, in any order', () => {
    const copier = new TaggedCopier();
    const hash = (data: Readonly<Record<string, unknown>> & { readonly kind: string }) => {
      copier.copy(data);
      return copier.hash;
    };
    const base = { kind: 'put', key: 'x', value: 1 };
    expect(hash({ ...base })).toBe(hash({ kind: 'put', value: 1, key: 'x' }));
    const others = [
      { ...base, value: 2 },
      { ...base, key: 'y' },
      { ...base, kind: 'get' },
      { ...base, more: null },
      { ...base, more: [] },
      { ...base, more: [1] },
      { ...base, more: { deep: 1 } },
      { ...base, more: { deep: 2 } },
      { ...base, more: 0.5 },
      { ...base, more: 2 ** 40 },
    ].map(hash);
    expect(new Set([hash(base), ...others]).size).toBe(others.length + 1);
  });

  test('of a message whose kind does not come first are hashed by the same rule', () => {
    const copier = new TaggedCopier();
    const hashes = ['a', 'b'].map((id) => {
      copier.copy({ id, kind: 'late' });
      return copier.hash;
    });
    expect(hashes[0]).not.toBe(hashes[1]);
  });
});

/** Whether an object of `one` is also part of `other`. */
function sharesAnything(one: unknown, other: unknown): boolean {
  const seen = new Set<unknown>();
  const collect = (value: unknown, into: (part: object) => void): void => {
    if (typeof value !== 'object' || value === null) return;
    into(value);
    for (const part of Object.values(value)) collect(part, into);
  };
  collect(one, (part) => seen.add(part));
  let shared = false;
  collect(other, (part) => {
    shared ||= seen.has(part);
  });
  return shared;
}
