/**
 * Ambient nondeterminism, made to fail loudly. While a simulation runs, the clock and the random numbers of the machine
 * throw: a model that uses them is caught at the step and node where it does so, by name.
 */
import { ModelError } from '../world/world.js';

interface Wire {
  readonly name: string;
  readonly holder: object;
  readonly property: string;
  readonly remedy: string;
}

const CLOCK = 'its result differs in every run; use ctx.now()';
const CHANCE = 'its result differs in every run; use ctx.random';
const TIMER = 'it would go off after the run; use ctx.setTimer()';

/* eslint-disable no-restricted-globals -- the one place that may name what is banned everywhere else */
const WIRES: readonly Wire[] = [
  { name: 'Math.random', holder: Math, property: 'random', remedy: CHANCE },
  { name: 'Date.now', holder: Date, property: 'now', remedy: CLOCK },
  { name: 'new Date', holder: globalThis, property: 'Date', remedy: CLOCK },
  { name: 'performance.now', holder: performance, property: 'now', remedy: CLOCK },
  { name: 'crypto.randomUUID', holder: crypto, property: 'randomUUID', remedy: CHANCE },
  { name: 'crypto.getRandomValues', holder: crypto, property: 'getRandomValues', remedy: CHANCE },
  { name: 'setTimeout', holder: globalThis, property: 'setTimeout', remedy: TIMER },
  { name: 'setImmediate', holder: globalThis, property: 'setImmediate', remedy: TIMER },
  { name: 'queueMicrotask', holder: globalThis, property: 'queueMicrotask', remedy: TIMER },
];
/* eslint-enable no-restricted-globals */

/** Not arrow functions: `new Date()` must get as far as throwing. */
const trips = WIRES.map(
  ({ name, remedy }) =>
    function trip(): never {
      throw new ModelError(`${name} was called: ${remedy}`);
    },
);

/** Runs `body` with the wires set, and takes them down again whatever happens. Not re-entrant, and needs no locking. */
export function withTripwires<T>(body: () => T): T {
  const saved = WIRES.map(({ holder, property }) => Object.getOwnPropertyDescriptor(holder, property));
  try {
    for (const [index, { holder, property }] of WIRES.entries())
      Object.defineProperty(holder, property, { configurable: true, writable: true, value: trips[index] });
    return body();
  } finally {
    for (const [index, { holder, property }] of WIRES.entries()) {
      const descriptor = saved[index];
      if (descriptor === undefined) Reflect.deleteProperty(holder, property);
      else Object.defineProperty(holder, property, descriptor);
    }
  }
}
