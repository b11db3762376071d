/** A model whose reconfigurations, handoffs and repairs never happen proves nothing: each mechanism of each model is at work. */
import { describe, expect, test } from 'vitest';
import { systems } from 'faultline/models';
import { exercised, MECHANISMS } from './claims/exercise.js';

const SEEDS = 200;

describe.for(systems)('$name', (system) => {
  test(`has mechanisms that are watched, and all of them are at work within ${SEEDS} runs`, () => {
    expect(Object.keys(MECHANISMS[system.name] ?? {}), 'mechanisms in claims/exercise.ts').not.toEqual([]);
    expect(exercised(system, SEEDS).filter(([, times]) => times === 0)).toEqual([]);
  });
});
