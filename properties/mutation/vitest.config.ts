/** The tests that are run again for each mutant: those named in MUTATION_TESTS, at the effort in EFFORT. */
import { defineConfig } from 'vitest/config';
import base from '../../vitest.config.js';

const tests = (process.env['MUTATION_TESTS'] ?? '').split(',');

export default defineConfig({
  ...base,
  test: { ...base.test, isolate: true, include: tests.map((name) => `properties/${name}.test.ts`) },
});
