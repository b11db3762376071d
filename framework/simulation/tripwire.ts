/**
 * Ambient nondeterminism, made to fail loudly. While a simulation runs, the clock and the random numbers of the machine
 * throw: a model that uses them is caught at the step and node where it does so, by name.
 */
import { ModelError } from '../world/world.js';

interface Wire {
  readonly holder: object;
  readonly property: string;
  readonly remedy: string;
}

/* eslint-disable no-restricted-globals -- the one place that may name what it bans */
const WIRES: readonly (Wire & { readonly name: string })[] = [
  { name: 'Math.random', holder: Math, property: 'random', remedy: 'ctx.random' },
  { name: 'Date.now', holder: Date, property: 'now', remedy: 'ctx.now()' },
  { name: 'performance.now', holder: performance, property: 'now', remedy: 'ctx.now()' },
];
/* eslint-enable no-restricted-globals */

const trips = WIRES.map(({ name, remedy }) => () => {
  throw new ModelError(`${name} was called: its result differs in every run. Use ${remedy} instead`);
});

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
