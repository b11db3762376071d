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

/** The object on which a property really is: assigning there is quick to undo, and shadows nothing. */
function ownerOf(holder: object, property: string): object {
  let owner: object | null = holder;
  while (owner !== null && !Object.hasOwn(owner, property)) owner = Object.getPrototypeOf(owner) as object | null;
  return owner ?? holder;
}

/* eslint-disable no-restricted-globals -- the one place that may name what is banned everywhere else */
const WIRES: readonly Wire[] = [
  { name: 'Math.random', holder: Math, property: 'random', remedy: CHANCE },
  { name: 'Date.now', holder: Date, property: 'now', remedy: CLOCK },
  { name: 'new Date', holder: globalThis, property: 'Date', remedy: CLOCK },
  { name: 'performance.now', holder: performance, property: 'now', remedy: CLOCK },
  { name: 'process.hrtime', holder: process, property: 'hrtime', remedy: CLOCK },
  { name: 'crypto.randomUUID', holder: crypto, property: 'randomUUID', remedy: CHANCE },
  { name: 'crypto.getRandomValues', holder: crypto, property: 'getRandomValues', remedy: CHANCE },
  { name: 'setTimeout', holder: globalThis, property: 'setTimeout', remedy: TIMER },
  { name: 'setInterval', holder: globalThis, property: 'setInterval', remedy: TIMER },
  { name: 'process.nextTick', holder: process, property: 'nextTick', remedy: TIMER },
  { name: 'setImmediate', holder: globalThis, property: 'setImmediate', remedy: TIMER },
  { name: 'queueMicrotask', holder: globalThis, property: 'queueMicrotask', remedy: TIMER },
];
/* eslint-enable no-restricted-globals */

/** What stands in for a wire: a function that throws. Not an arrow, or `new Date()` would fail for another reason. */
const tripFor = ({ name, remedy }: Wire): object =>
  function trip(): never {
    throw new ModelError(`${name} was called: ${remedy}`);
  };

const trips = new Map(WIRES.map((wire) => [wire.name, tripFor(wire)]));
// Whoever asks the stand-ins for the time is to hear what is wrong with that.
Object.assign(trips.get('new Date') ?? {}, { now: trips.get('Date.now') });
Object.assign(trips.get('process.hrtime') ?? {}, { bigint: trips.get('process.hrtime') });

const wires = WIRES.map(({ name, holder, property }) => ({
  owner: ownerOf(holder, property),
  property,
  trip: trips.get(name),
}));

/** Runs `body` with the wires set, and takes them down again whatever happens. Not re-entrant, and needs no locking. */
export function withTripwires<T>(body: () => T): T {
  // What was there may itself have been replaced since the last run, by fake timers for instance.
  const saved: unknown[] = wires.map(({ owner, property }): unknown => Reflect.get(owner, property));
  try {
    for (const { owner, property, trip } of wires) Reflect.set(owner, property, trip);
    return body();
  } finally {
    for (const [index, { owner, property }] of wires.entries()) Reflect.set(owner, property, saved[index]);
  }
}
