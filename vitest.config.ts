import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { faultline } from './framework/vitest/plugin/index.js';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [faultline()],
  resolve: {
    // Tests import faultline by its public names, as users do, and get the sources. The longer names come first.
    alias: [
      { find: /^faultline\/vitest$/, replacement: source('framework/vitest/index.ts') },
      { find: /^faultline\/vitest-plugin$/, replacement: source('framework/vitest/plugin/index.ts') },
      { find: /^faultline\/models$/, replacement: source('models/index.ts') },
      { find: /^faultline$/, replacement: source('framework/index.ts') },
    ],
  },
  test: {
    include: ['properties/**/*.test.ts'],
    passWithNoTests: false,
    // Runs share nothing by construction, so test files need no isolation from each other: this is 6x faster.
    pool: 'threads',
    isolate: false,
    // By default a core is left idle, which on two cores is half of the machine.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default'],
    // What failing tests attach (report, plan) stays with the findings.
    attachmentsDir: '.faultline/attachments',
  },
});
