/**
 * What `--json` prints, command by command: one document each. The schemas are the contract with scripts: `faultline schema`
 * prints them as JSON Schema. Within a version, fields may be added; none changes its meaning or goes away.
 */
import { z } from 'zod';

const verdict = z.enum(['valid', 'invalid', 'unknown']).describe('unknown: too little was exercised to tell');
const count = z.int().nonnegative();
const counts = z.record(z.string(), count);
const runs = z.strictObject({ valid: count, invalid: count, unknown: count });
const mutant = z.string().nullable().describe('null: the correct system');
const file = z.string().describe('a path, from the working directory if it is not absolute');
const digest = z.string().describe('over every step of the run, 16 hexadecimal digits');
const signature = z.string().describe('the promise and the rule by which it was broken');

/** What all documents begin with. */
const head = <C extends string>(command: C) => ({
  faultline: z.literal(command),
  version: z.literal(1),
  exitCode: z
    .union([z.literal(0), z.literal(1), z.literal(3)])
    .describe('0 clean, 1 findings, 3 inconclusive; a wrong call exits with 2 and prints no document'),
});

const finding = z.strictObject({
  signature,
  promise: z.string(),
  explanation: z.string(),
  seed: z.string().describe('the seed in which it was found first'),
  afterSeeds: count.describe('the run in which it was found first, counted from 1'),
  takes: z.array(z.string()).describe('what its plans take: kinds of fault, messages, fault points'),
  count: count.describe('how many findings were shrunk to this one'),
  size: count.describe('of the smallest plan'),
  digest,
  file: file.describe('the smallest plan, to be replayed'),
  replay: z.string().describe('the command that replays it'),
});

const exploreSchema = z.strictObject({
  ...head('explore'),
  complete: z.boolean().describe('false: interrupted'),
  results: z.array(
    z.strictObject({
      system: z.string(),
      mutant,
      expected: z.boolean().describe('true: a mutant that is here to be caught, so that a finding is no failure'),
      caught: z.boolean().nullable().describe('of an expected mutant: whether the promise that it names was broken'),
      verdict,
      reason: z.string().nullable().describe('why the verdict is unknown'),
      interrupted: z.boolean(),
      seeds: count,
      steps: count,
      divergences: count.describe('runs that were not deterministic, which makes the exit code 1'),
      differences: z.array(z.string()).describe('of the first few of them: the seed, and the first step that differs'),
      runs,
      exercised: counts.describe('operations, faults and how they met, over all runs'),
      tally: counts.describe('what happened, over all runs: crashes, dropped messages, …'),
      properties: z.record(z.string(), z.strictObject({ runs, seen: counts })),
      findings: z.array(finding),
    }),
  ),
});

const replaySchema = z.strictObject({
  ...head('replay'),
  file,
  system: z.string(),
  mutant,
  seed: z.string(),
  outcome: z.enum(['reproduced', 'digest-changed', 'not-reproduced']),
  expected: z.strictObject({ signature, digest }),
  now: z.strictObject({
    verdict,
    signature: signature.nullable(),
    promise: z.string().nullable(),
    explanation: z.string().nullable(),
    digest,
    steps: count,
  }),
  firstDifference: count.nullable().describe('the first step that differs from what was recorded'),
});

const checkSchema = z.strictObject({
  ...head('check'),
  file,
  claim: z.string().describe('what was asked, such as: linearizable as a register'),
  verdict,
  rule: z.string().nullable().describe('the rule that was broken'),
  explanation: z.string().nullable(),
  operations: z.array(count).describe('the entries of the history that show it, from 0'),
  reason: z.string().nullable().describe('why the verdict is unknown'),
  seen: counts.describe('what there was to judge by'),
  pictures: z.array(file),
});

const regressionsSchema = z.strictObject({
  ...head('regressions'),
  folder: file,
  findings: z.array(
    z.strictObject({
      file,
      system: z.string(),
      mutant,
      outcome: z.enum(['passed', 'failed', 'updated']),
      problem: z.string().nullable(),
    }),
  ),
});

const goldenSchema = z.strictObject({
  ...head('golden'),
  folder: file,
  check: z.boolean().describe('true: only compared; false: what changed was written'),
  node: z.string(),
  seeds: count.describe('of each system'),
  systems: z.array(
    z.strictObject({
      system: z.string(),
      isNew: z.boolean().describe('true: there were no digests to compare with'),
      changes: z.array(
        z.strictObject({
          seed: z.string(),
          kind: z.enum(['new', 'gone', 'another run', 'another plan']),
          before: digest.nullable(),
          now: digest.nullable(),
          explanation: z
            .array(z.string())
            .describe('of a few changes: the step at which the run first differs, in lines'),
        }),
      ),
    }),
  ),
});

const span = z.strictObject({ minMicros: z.number(), maxMicros: z.number() });

const listSchema = z.strictObject({
  ...head('list'),
  systems: z.array(
    z.strictObject({
      name: z.string(),
      title: z.string(),
      promises: z.array(z.string()),
      invariants: z.array(z.string()).describe('promises that are judged after each step'),
      promisesOfAll: z.array(z.string()).describe('promises that every system makes without declaring them'),
      tolerates: z.array(z.string()).describe('the kinds of fault that are tried'),
      network: z.strictObject({
        dropPerMillionMax: count.describe('of a million messages'),
        duplicatePerMillionMax: count.describe('of a million messages'),
        delay: span.describe('how long a message takes'),
      }),
      diskSync: span.describe('how long a sync takes'),
      faultPoints: z.array(z.string()).describe('points of the protocol that may choose either way'),
      mutants: z.array(
        z.strictObject({
          id: z.string(),
          breaks: z.string(),
          caughtBy: z.string().describe('the promise or invariant that it breaks'),
          smallestSchedule: count.nullable().describe('operations and faults of the smallest failing plan known'),
        }),
      ),
    }),
  ),
});

/** By command. */
export const DOCUMENT_SCHEMAS = {
  explore: exploreSchema,
  replay: replaySchema,
  check: checkSchema,
  regressions: regressionsSchema,
  golden: goldenSchema,
  list: listSchema,
} as const;

export type DocumentName = keyof typeof DOCUMENT_SCHEMAS;

export type DocumentOf<N extends DocumentName> = z.infer<(typeof DOCUMENT_SCHEMAS)[N]>;
