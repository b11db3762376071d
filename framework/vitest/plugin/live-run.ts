/**
 * A run that somebody asks for in the UI: one property, with other seeds, another strategy or more faults, or one kept
 * finding. The plugin provides it, the wrapper in the test's worker takes it.
 */
import { inject, type ProvidedContext } from 'vitest';
import { z } from 'zod';
import { STRATEGY_NAMES } from '../../explore/strategy.js';

/** How many seeds a property is tried with, unless its test says otherwise. */
export const DEFAULT_RUNS = 200;

/** The most that can be asked for. */
export const LIMITS = { numRuns: 1_000_000, faultsMax: 50 } as const;

const liveRunSchema = z.strictObject({
  /** vitest's id of the test that the run is for; every other test runs as it is written. */
  test: z.string().min(1),
  seed: z.int().nonnegative().exactOptional(),
  numRuns: z.int().min(1).max(LIMITS.numRuns).exactOptional(),
  strategy: z.enum(STRATEGY_NAMES).exactOptional(),
  faultsMax: z.int().min(1).max(LIMITS.faultsMax).exactOptional(),
  /** A finding's file: only it is run, and recorded for the explorer. */
  finding: z.string().min(1).exactOptional(),
});

export type LiveRun = z.infer<typeof liveRunSchema>;

declare module 'vitest' {
  interface ProvidedContext {
    faultline?: LiveRun | undefined;
  }
}

/** What somebody asked of the test with id `id`; undefined if nothing. */
export function liveRunOf(id: string): Omit<LiveRun, 'test'> | undefined {
  const { test, ...asked } = inject('faultline' satisfies keyof ProvidedContext) ?? {};
  return test === id ? asked : undefined;
}

/** Reads a request's body; the problems are told one by one. */
export function parseLiveRun(data: unknown): LiveRun | { readonly problems: readonly string[] } {
  const parsed = liveRunSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  return { problems: parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'request'}: ${message}`) };
}
